"""Crawls of a service on the loopback: what lands, what is asked, what is remembered."""

from datetime import timedelta

import pytest

from jobs.artist_catalogue.spotify.checkpoint import open_checkpoint
from jobs.errors import SettingError, SourceError
from tests.jobs.artist_catalogue.spotify.conftest import Crawls
from tests.jobs.artist_catalogue.spotify.server import Fault, Json, Service, identifier


def test_all_that_is_known_of_an_artist_lands(crawls: Crawls, service: Service) -> None:
    """The service's own documents, with when they came and for tracks the market."""
    artist_id = service.add_artist(1, "IU")

    crawls.crawl("IU", MEDLEY_SPOTIFY_MARKETS="US,KR")

    came = {"crawled_at": "2026-03-01T00:00:02.000000+00:00"}
    assert [{**service.artists[artist_id], **came}] == crawls.landed("artists")
    assert [{**service.albums[artist_id][0], **came}] == crawls.landed("albums")
    assert [
        {**track, "market": market, **came}
        for market in ("US", "KR")
        for track in service.tracks[artist_id]
    ] == crawls.landed("tracks")
    assert {track["id"] for track in service.tracks[artist_id]} == set(crawls.ids("audio_features"))
    assert ("done", None) == crawls.visits()["IU"][2:]


def test_files_say_what_and_when(crawls: Crawls, service: Service) -> None:
    """One file of a kind for each batch, and nothing half-made beside it."""
    service.add_artist(1, "IU")

    crawls.crawl("IU")

    landing = crawls.home / "landing" / "artist_catalogue"
    assert {
        "artists/artists-20260301T000002000000Z.jsonl",
        "albums/albums-20260301T000002000000Z.jsonl",
        "tracks/tracks-20260301T000002000000Z.jsonl",
        "audio_features/audio_features-20260301T000003000000Z.jsonl",
    } == {str(path.relative_to(landing)) for path in landing.rglob("*") if path.is_file()}


def test_nothing_is_asked_twice(crawls: Crawls, service: Service) -> None:
    """Not in one crawl, though artists share works and lines name one artist, nor in the next."""
    first, second = service.add_artist(1, "AKMU", albums=120), service.add_artist(2, "Suhyun")
    service.albums[second].append(service.albums[first][0])
    service.tracks[second].append(service.tracks[first][0])

    crawls.crawl("AKMU", "Suhyun", first, f"spotify:artist:{second}", "akmu")
    crawls.crawl("AKMU", "Suhyun", first, f"spotify:artist:{second}", "akmu")

    assert sorted(set(service.asked)) == sorted(service.asked)
    assert 3 == len(service.asked_for(f"{first}/albums"))
    assert 1 == len(service.asked_for("audio-features"))
    for kind, count in {"artists": 2, "albums": 121, "tracks": 4, "audio_features": 4}.items():
        assert count == len(crawls.ids(kind)) == len(set(crawls.ids(kind)))
    assert {"done"} == {visit.status for visit in crawls.visits().values()}


def test_artists_are_taken_by_fives(crawls: Crawls, service: Service) -> None:
    """A batch of five ids costs one request for the artists, and lands as one file of each kind."""
    ids = [service.add_artist(number, f"Artist {number}") for number in range(12)]

    crawls.crawl(*ids)

    asked = service.asked_for(r"/artists\?ids=")
    assert [5, 5, 2] == [len(path.split("%2C")) for path in asked]
    assert 3 == len(list((crawls.home / "landing/artist_catalogue/artists").iterdir()))
    assert ids == crawls.ids("artists")


def test_an_artist_is_asked_for_again_only_when_due(crawls: Crawls, service: Service) -> None:
    """After the set days all but the audio features comes again, which never change."""
    artist_id = service.add_artist(1, "IU")
    crawls.crawl("IU")
    crawls.clock += timedelta(days=2)
    crawls.crawl("IU", MEDLEY_SPOTIFY_RECRAWL_DAYS="3")
    assert 1 == len(crawls.landed("artists"))

    crawls.clock += timedelta(days=2)
    service.artists[artist_id]["popularity"] = 99
    crawls.crawl("IU", MEDLEY_SPOTIFY_RECRAWL_DAYS="3")

    assert [50, 99] == [artist["popularity"] for artist in crawls.landed("artists")]
    assert 1 == len(service.asked_for("audio-features"))


def test_a_renamed_artist_keeps_the_id(crawls: Crawls, service: Service) -> None:
    """Who was found by name once is asked for by id, whatever the name is by then."""
    artist_id = service.add_artist(1, "Prince")
    crawls.crawl("Prince")
    service.artists[artist_id]["name"] = "The Artist"
    crawls.clock += timedelta(days=30)

    crawls.crawl("Prince")

    assert ["Prince", "The Artist"] == [artist["name"] for artist in crawls.landed("artists")]
    assert [artist_id, artist_id] == crawls.ids("artists")
    assert 1 == len(service.asked_for("/search"))


def test_unknown_artists_are_recorded(crawls: Crawls, service: Service) -> None:
    """With what was found instead; the others of the batch come, and nobody asks again so soon."""
    service.add_artist(1, "Nirvana UK")
    nobody = identifier("Ar", 99)

    crawls.crawl("Nirvana", nobody, "Nirvana UK")
    asked = len(service.asked)
    crawls.crawl("Nirvana", nobody, "Nirvana UK")

    visits = crawls.visits()
    assert ("unknown", "no artist has that name; the search found Nirvana UK") == visits["Nirvana"][
        2:
    ]
    assert ("unknown", f"no artist has the id {nobody}") == visits[nobody][2:]
    assert "done" == visits["Nirvana UK"].status
    assert asked == len(service.asked)


def test_half_a_page_is_asked_again(crawls: Crawls, service: Service) -> None:
    """Fewer albums than the total promises, or null for one, are noticed."""
    artist_id = service.add_artist(1, "IU", albums=60)
    short = Fault(change=lambda page: {**page, "items": page["items"][:20]})
    holes = Fault(change=lambda page: {**page, "items": [None, *page["items"][1:]]})
    service.fails(f"{artist_id}/albums", short, holes)

    crawls.crawl("IU")

    assert 60 == len(crawls.ids("albums"))
    assert 4 == len(service.asked_for(f"{artist_id}/albums"))
    assert "done" == crawls.visits()["IU"].status


def test_half_a_page_that_stays_so_is_recorded(crawls: Crawls, service: Service) -> None:
    """What came lands; the reason says how much did not."""
    service.add_artist(1, "IU", albums=3)
    service.always.append(
        ("albums", Fault(change=lambda page: {**page, "items": page["items"][:2]}))
    )
    service.always.append(
        ("top-tracks", Fault(change=lambda found: {"tracks": [None, *found["tracks"][1:]]}))
    )

    crawls.crawl("IU")

    assert 2 == len(crawls.ids("albums"))
    assert 1 == len(crawls.ids("tracks"))
    assert ("partial", "1 albums did not come; 1 top tracks of US did not come") == crawls.visits()[
        "IU"
    ][2:]


def test_half_an_answer_for_features_keeps_the_rest_for_later(
    crawls: Crawls, service: Service
) -> None:
    """Features go to their own tracks, null is remembered, and who was left out is asked again."""
    artist_id = service.add_artist(1, "IU", tracks=3)
    first, second, third = [track["id"] for track in service.tracks[artist_id]]
    del service.features[second]

    def without_first(answer: Json) -> Json:
        return {"audio_features": answer["audio_features"][1:]}

    service.fails("audio-features", *[Fault(change=without_first)] * 6)
    crawls.crawl("IU")
    assert [third] == crawls.ids("audio_features")

    crawls.crawl("IU")
    crawls.crawl("IU")

    assert [third, first] == crawls.ids("audio_features")
    asked = service.asked_for("audio-features")
    assert 7 == len(asked)
    assert f"/audio-features?ids={first}%2C{second}" == asked[-1]


def test_closed_audio_features_are_gone_without(crawls: Crawls, service: Service) -> None:
    """The reason is told and kept; they are asked for again when the access may have changed."""
    service.add_artist(1, "IU")
    service.add_artist(2, "Zico")
    service.always.append(("audio-features", Fault(status=403)))
    crawls.crawl("IU")
    crawls.crawl("IU", "Zico")
    assert 1 == len(service.asked_for("audio-features"))
    assert "going on without audio features: Spotify refuses /audio-features: 403" in str(
        crawls.said
    )
    assert [] == crawls.landed("audio_features")
    assert 2 == len(crawls.landed("artists"))

    service.always.clear()
    crawls.clock += timedelta(days=8)
    crawls.crawl("IU", "Zico")

    assert 4 == len(crawls.landed("audio_features"))


def test_an_artist_whose_requests_fail_is_due_again(crawls: Crawls, service: Service) -> None:
    """Nothing of that artist lands before all has come; the others are not held up."""
    poison, healthy = service.add_artist(1, "Poison"), service.add_artist(2, "IU")
    service.always.append((f"{poison}/top-tracks", Fault(status=500)))
    crawls.crawl("Poison", "IU")
    assert [healthy] == crawls.ids("artists")
    failed = crawls.visits()["Poison"]
    assert "failed" == failed.status
    assert "6 attempts; the last time: 500" in str(failed.reason)

    service.always.clear()
    crawls.crawl("Poison", "IU")

    assert [healthy, poison] == crawls.ids("artists")
    assert 2 == len(crawls.ids("albums"))


def test_a_service_that_fails_for_all_ends_the_crawl(crawls: Crawls, service: Service) -> None:
    """After five artists, not after a thousand; the next crawl begins there."""
    ids = [service.add_artist(number, f"Artist {number}") for number in range(15)]
    crawls.crawl(*ids[:5])
    service.always.append(("albums", Fault(status=503)))

    with pytest.raises(SourceError, match="failed for 5 artists in a row, the last of them"):
        crawls.crawl(*ids)
    assert [] == service.asked_for(f"{ids[10]}/")

    service.always.clear()
    crawls.crawl(*ids)
    assert ids == crawls.ids("artists")


def test_wrong_credentials_end_the_crawl_at_once(crawls: Crawls, service: Service) -> None:
    """One request is enough to know; the secret is not in the message."""
    with pytest.raises(SettingError, match="400, Invalid client secret") as caught:
        crawls.crawl("IU", MEDLEY_SPOTIFY_CLIENT_SECRET="wrong-secret")  # noqa: S106  nobody's
    assert ["/token"] == service.asked
    assert "wrong-secret" not in str(caught.value)


def test_applications_in_development_mode_ask_one_by_one(crawls: Crawls, service: Service) -> None:
    """They may neither ask for several artists at once nor for top tracks; albums come."""
    artist_id = service.add_artist(1, "IU")
    nobody = identifier("Ar", 99)
    service.always += [(r"\?ids=", Fault(status=403)), ("top-tracks", Fault(status=403))]

    crawls.crawl(artist_id, nobody)

    assert [artist_id] == crawls.ids("artists")
    assert 1 == len(crawls.ids("albums"))
    visits = crawls.visits()
    assert "partial" == visits[artist_id].status
    assert "unknown" == visits[nobody].status


def test_limits_and_failures_cost_nothing_but_time(crawls: Crawls, service: Service) -> None:
    """With 429, 5xx, late answers and an expired token in between all lands, and all lands once."""
    ids = [service.add_artist(number, f"Artist {number}", albums=60) for number in range(12)]
    limited = Fault(429, headers={"Retry-After": "1"})
    healthy = Fault()
    for burst in ([limited], [Fault(401)], [Fault(503)] * 3, [Fault(delay_seconds=0.4)]):
        service.fails(".", *burst, *[healthy] * 5)

    crawls.crawl(*ids)

    assert [service.artists[one]["name"] for one in ids] == [
        artist["name"] for artist in crawls.landed("artists")
    ]
    assert [album["id"] for one in ids for album in service.albums[one]] == crawls.ids("albums")
    assert [song["id"] for one in ids for song in service.tracks[one]] == crawls.ids("tracks")
    assert set(service.features) == set(crawls.ids("audio_features"))
    assert 24 == len(crawls.ids("audio_features"))
    assert [] == service.faults
    # Six answers were no good; nothing else was asked for a second time.
    asked = [path for path in service.asked if path != "/token"]
    assert 6 == len(asked) - len(set(asked))


def test_two_crawls_at_once_are_refused(crawls: Crawls) -> None:
    """The second would ask for the same things."""
    database = crawls.home / "crawls" / "artist_catalogue.sqlite"

    with (
        open_checkpoint(database),
        pytest.raises(SourceError, match=r"locked\. If it is locked, another crawl is under way"),
    ):
        crawls.crawl("IU")
