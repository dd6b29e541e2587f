"""Asks the Web API over HTTP, with a token, patience and a limit."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

# requests: kept well for 15 years, typed, and MLflow brings it anyway; tenacity: full jitter.
import requests
import tenacity

from jobs.artist_catalogue.spotify.account import Account
from jobs.errors import SettingError, SourceError

Document = dict[str, Any]

ATTEMPTS = 6
_LONGEST_WAIT = timedelta(minutes=5)
_RENEW_BEFORE_SECONDS = 30


class RefusedError(SourceError):
    """The service answered that it will not give what was asked for."""

    def __init__(self, what: str, status: int, reason: str) -> None:
        """Keep status and reason for whoever can go on without."""
        super().__init__(f"Spotify refuses {what}: {status}, {reason}.")
        self.status = status
        self.reason = reason

    @property
    def is_for_good(self) -> bool:
        """Whether it refuses this kind of request, not just this one."""
        return self.status in {HTTPStatus.FORBIDDEN, HTTPStatus.GONE}


class UnansweredError(SourceError):
    """The service gave no usable answer, however often it was asked."""


class _AgainError(Exception):
    """This answer is not the last word: ask again, after a time if the service names one."""

    def __init__(self, reason: str, after_seconds: float | None = None) -> None:
        super().__init__(reason)
        self.after_seconds = after_seconds


@dataclass
class Api:
    """One connection to the service, which holds a token."""

    account: Account
    sleep: Callable[[float], None] = time.sleep
    timeout_seconds: float = 30.0
    _session: requests.Session = field(default_factory=requests.Session, init=False)
    _token: str = field(default="", init=False, repr=False)
    _token_ends: float = field(default=0.0, init=False)

    def get(
        self,
        path: str,
        parameters: Mapping[str, str],
        is_whole: Callable[[Document], bool] = lambda _: True,
    ) -> Document:
        """What the service answers, asked again while it fails or answers only in part.

        Args:
            path: The part of the address after the base URL, as in `/artists`.
            parameters: The query.
            is_whole: Whether an answer has all that it promises. The last one is returned in
                any case.

        Raises RefusedError for any other answer than the wanted one, UnansweredError when it
        has failed too often or asks to wait for too long, SettingError for wrong credentials.
        """
        again = self._attempts(path)
        again.retry |= tenacity.retry_if_result(lambda answer: not is_whole(answer))
        answer: Document = again(self._get, path, parameters)
        return answer

    def _attempts(self, what: str) -> tenacity.Retrying:
        """How often to ask and how long to wait in between."""

        def give_up(state: tenacity.RetryCallState) -> Any:  # noqa: ANN401  the answer, any JSON
            outcome = state.outcome
            assert outcome is not None  # noqa: S101  there was an attempt
            error = outcome.exception()
            if error is None:
                return outcome.result()
            raise UnansweredError(
                f"Spotify gave no answer for {what} in {state.attempt_number} attempts; the last "
                f"time: {error}. What was landed is kept: run it again later."
            ) from error

        return tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_AgainError),
            stop=_is_last,
            wait=_wait,
            sleep=self.sleep,
            retry_error_callback=give_up,
        )

    def _get(self, path: str, parameters: Mapping[str, str]) -> Document:
        headers = {"Authorization": f"Bearer {self._fresh_token()}"}
        response = self._ask(
            "GET", f"{self.account.api_url}{path}", params=parameters, headers=headers
        )
        if response.status_code == HTTPStatus.UNAUTHORIZED:
            # It has expired before its time: another attempt takes a new one.
            self._token = ""
            raise _AgainError("401, the token is refused", after_seconds=0)
        return _json(response, path)

    def _fresh_token(self) -> str:
        """A token that holds for a while; raises SettingError for wrong credentials."""
        if not self._token or time.monotonic() > self._token_ends:
            asked_at = time.monotonic()
            try:
                answer = self._token_answer()
            except RefusedError as error:
                raise SettingError(
                    f"{error} Check MEDLEY_SPOTIFY_CLIENT_ID and MEDLEY_SPOTIFY_CLIENT_SECRET."
                ) from error
            if not {"access_token", "expires_in"} <= answer.keys():
                raise _AgainError(f"a token in another shape: {', '.join(answer)}")
            self._token = answer["access_token"]
            self._token_ends = asked_at + answer["expires_in"] - _RENEW_BEFORE_SECONDS
        return self._token

    def _token_answer(self) -> Document:
        response = self._ask(
            "POST",
            self.account.token_url,
            data={"grant_type": "client_credentials"},
            auth=(self.account.client_id, self.account.client_secret),
        )
        return _json(response, "a token")

    def _ask(self, method: str, url: str, **request: Any) -> requests.Response:  # noqa: ANN401
        """One request; raises _AgainError when no answer came."""
        try:
            return self._session.request(method, url, timeout=self.timeout_seconds, **request)
        except requests.RequestException as error:
            raise _AgainError(f"{type(error).__name__}: {error}") from error


def _json(response: requests.Response, what: str) -> Document:
    """The document of a good answer; raises _AgainError or RefusedError for others."""
    status = response.status_code
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        after = _retry_after(response)
        wish = "" if after is None else f", wait {after:,.0f} seconds"
        raise _AgainError(f"429, too many requests{wish}", after)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise _AgainError(f"{status}, {response.reason}")
    try:
        answer = response.json()
    except requests.JSONDecodeError as error:
        answer = None
        if status == HTTPStatus.OK:
            raise _AgainError(f"an answer that is no JSON ({error})") from error
    if status != HTTPStatus.OK:
        raise RefusedError(what, status, _reason(answer) or response.reason)
    if not isinstance(answer, dict):
        raise _AgainError("an answer that is no JSON object")
    return answer


def _reason(answer: object) -> str | None:
    """The message in an error document: `{"error": {"message"}}`, or of a token OAuth's own."""
    match answer:
        case {"error": {"message": str(message)}} | {"error_description": str(message)}:
            return message
    return None


def _retry_after(response: requests.Response) -> float | None:
    """The seconds to wait, given as such or as a date; None when neither can be read."""
    text = response.headers.get("Retry-After", "")
    if text.isdecimal():
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None


# Full jitter: many clients that failed together do not come back together.
_full_jitter = tenacity.wait_random_exponential(multiplier=0.5, max=60)


def _asked_to_wait(state: tenacity.RetryCallState) -> float | None:
    error = state.outcome.exception() if state.outcome else None
    return error.after_seconds if isinstance(error, _AgainError) else None


def _wait(state: tenacity.RetryCallState) -> float:
    asked = _asked_to_wait(state)
    return _full_jitter(state) if asked is None else asked


def _is_last(state: tenacity.RetryCallState) -> bool:
    """Whether asking once more would be too often, or too late."""
    waits_too_long = (_asked_to_wait(state) or 0) > _LONGEST_WAIT.total_seconds()
    return waits_too_long or state.attempt_number >= ATTEMPTS
