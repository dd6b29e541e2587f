"""The client against a service that limits, fails and answers late."""

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from jobs.artist_catalogue.spotify import client
from jobs.artist_catalogue.spotify.account import Account
from jobs.artist_catalogue.spotify.api import ATTEMPTS, Api, RefusedError, UnansweredError
from jobs.settings import Settings
from tests.jobs.artist_catalogue.spotify.conftest import Crawls
from tests.jobs.artist_catalogue.spotify.server import Fault, Service, identifier


@pytest.fixture
def api(crawls: Crawls) -> Api:
    """A connection to the service."""
    variables = Settings.from_environment(crawls.variables([])).of_sources
    return crawls.connect(Account.of(variables))


def test_one_token_serves_many_requests(api: Api, service: Service) -> None:
    """Until shortly before it ends; then a new one is asked for before it is refused."""
    artist_id = service.add_artist(1, "IU")
    for _ in range(3):
        client.albums(api, artist_id)
    assert 1 == len(service.asked_for("/token"))

    service.token_seconds = 20
    expired = Api(api.account)
    for _ in range(2):
        client.albums(expired, artist_id)

    assert 3 == len(service.asked_for("/token"))
    assert 5 == len(service.asked_for("albums"))


def test_a_token_that_expires_in_between_is_renewed(
    api: Api, service: Service, crawls: Crawls
) -> None:
    """The request that was refused is asked again at once, with a new token."""
    artist_id = service.add_artist(1, "IU", albums=60)
    client.artists(api, [artist_id])
    service.valid_tokens.clear()

    assert 60 == len(client.albums(api, artist_id).documents)
    assert ["/token", "/token"] == service.asked_for("/token")
    assert 3 == len(service.asked_for("albums"))
    assert [0] == crawls.waited


def test_the_time_that_the_service_asks_for_is_waited(
    api: Api, service: Service, crawls: Crawls
) -> None:
    """Retry-After gives seconds or a date."""
    artist_id = service.add_artist(1, "IU")
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    service.fails(
        "albums",
        Fault(429, headers={"Retry-After": "7"}),
        Fault(429, headers={"Retry-After": date}),
    )

    client.albums(api, artist_id)

    assert 7 == crawls.waited[0]
    assert 90 < crawls.waited[1] <= 100
    assert 3 == len(service.asked_for("albums"))


def test_a_wait_of_hours_ends_it(api: Api, service: Service, crawls: Crawls) -> None:
    """The error says so instead of holding up a run."""
    service.fails("search", Fault(429, headers={"Retry-After": "86400"}))

    with pytest.raises(UnansweredError, match=r"1 attempts; .*429, .*wait 86,400 seconds"):
        client.search_artists(api, "IU")
    assert [] == crawls.waited


def test_a_burst_of_failures_is_outlived(api: Api, service: Service, crawls: Crawls) -> None:
    """With waits that are random within a limit which doubles: full jitter."""
    artist_id = service.add_artist(1, "IU")
    service.fails("albums", Fault(500), Fault(502), Fault(503), Fault(504))

    assert 1 == len(client.albums(api, artist_id).documents)
    limits = [0.5, 1, 2, 4]
    assert [True] * 4 == [
        0 <= waited <= limit for waited, limit in zip(crawls.waited, limits, strict=True)
    ]


def test_a_late_answer_is_asked_for_again(api: Api, service: Service) -> None:
    """A connection that hangs would else hold up the crawl for ever."""
    artist_id = service.add_artist(1, "IU")
    service.fails("albums", Fault(delay_seconds=0.6))
    began = time.monotonic()

    assert 1 == len(client.albums(api, artist_id).documents)
    assert 2 == len(service.asked_for("albums"))
    assert time.monotonic() - began < 0.6


def test_it_gives_up_after_a_number_of_attempts(api: Api, service: Service) -> None:
    """The error says what was asked, how often, and what came last."""
    artist_id = service.add_artist(1, "IU")
    service.always.append(("albums", Fault(503)))

    with pytest.raises(UnansweredError, match=rf"/artists/{artist_id}/albums in 6 attempts; .*503"):
        client.albums(api, artist_id)
    assert ATTEMPTS == len(service.asked_for("albums")) == 6


def test_nobody_who_answers_is_an_error_for_people(api: Api, service: Service) -> None:
    """No trace of the HTTP library; nor does the secret show in what is printed."""
    gone = Api(Account(**{**vars(api.account), "api_url": "http://127.0.0.1:9"}), sleep=api.sleep)

    with pytest.raises(UnansweredError, match="ConnectionError"):
        client.search_artists(gone, "IU")
    assert "hush" not in repr(gone)
    assert "token-1" not in repr(gone)
    assert ["/token"] == service.asked


def test_a_refusal_is_not_asked_again(api: Api, service: Service) -> None:
    """The service's own reason is in the error."""
    with pytest.raises(RefusedError, match="404, Resource not found"):
        client.albums(api, identifier("Ar", 99))
    assert 1 == len(service.asked_for("albums"))


def test_an_answer_of_another_shape_is_named(api: Api, service: Service) -> None:
    """When the API changes, the error says which field is missing and where to mend it."""
    service.fails("search", Fault(change=lambda _: {"results": []}))

    with pytest.raises(UnansweredError, match="no 'artists'; found results"):
        client.search_artists(api, "IU")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3HqSLMAZ3g3d5poNaI7GOU", "3HqSLMAZ3g3d5poNaI7GOU"),
        ("spotify:artist:3HqSLMAZ3g3d5poNaI7GOU", "3HqSLMAZ3g3d5poNaI7GOU"),
        ("https://open.spotify.com/artist/3HqSLMAZ3g3d5poNaI7GOU?si=1", "3HqSLMAZ3g3d5poNaI7GOU"),
        ("IU", None),
        ("Death Cab for Cutie", None),
    ],
)
def test_ids_are_told_from_names(text: str, expected: str | None) -> None:
    """People paste ids, URIs and links as Spotify shows them."""
    assert expected == client.artist_id_in(text)
