"""One backend over HTTP: connections that stay open, calls that are repeated where that is safe, and long polls."""

import time
from collections.abc import Callable, Mapping
from math import ceil
from typing import Any, Final, Protocol, assert_never
from urllib.parse import urlencode, urlsplit

import msgspec
import urllib3
from msgspec import Struct

from client.answers import Foreign, Given, NotNow, Refusal, read_answer
from client.documents import Document
from client.errors import BadAddress, NotZonda, Refused, Unavailable

CONNECT_WITHIN: Final = 5.0
ANSWER_WITHIN: Final = 60.0
"""Seconds that one call may take; a large `createTasks` beside others does take some."""

LONGEST_WAIT: Final = 25
"""Seconds that the backend lets one long poll wait."""

_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 2.0
_LATE: Final = 10.0
_ACCEPT: Final = "application/graphql-response+json"

_NEVER_SENT: Final = (
    urllib3.exceptions.NewConnectionError,
    urllib3.exceptions.ConnectTimeoutError,
    urllib3.exceptions.NameResolutionError,
)


class Answer(Protocol):
    """What a pool answers with."""

    status: int

    @property
    def data(self) -> bytes: ...

    @property
    def headers(self) -> Mapping[str, str]: ...


class Pool(Protocol):
    """The part of urllib3's PoolManager that is used."""

    def request(
        self,
        method: str,
        url: str,
        *,
        body: bytes | None,
        headers: Mapping[str, str],
        timeout: urllib3.Timeout,
        redirect: bool,
    ) -> Answer: ...

    def clear(self) -> None: ...


class Seen[T](Struct, frozen=True):
    """What a query answered, with the tag of that answer."""

    value: T
    tag: str


class _Request(Struct, frozen=True):
    method: str
    url: str
    body: bytes | None
    headers: Mapping[str, str]
    within: float
    repeatable: bool = True
    ends: bool = False  # whether an answer that takes longer is no failure: nobody would wait for it


class Connection:
    """Asks one GraphQL address. May be used by several threads."""

    def __init__(
        self,
        url: str,
        *,
        patience: float,
        pool: Pool | None = None,
        pause: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.url = _checked(url)
        self.clock = clock
        self._patience = patience
        self._pause = pause
        self._pool = pool or urllib3.PoolManager(maxsize=8, retries=False)

    def close(self) -> None:
        """Close what is open. The next call opens anew."""
        self._pool.clear()

    def ask[T](
        self, document: Document[T], variables: Mapping[str, Any] | None = None, *, repeatable: bool = True
    ) -> T:
        """What the document answers. Raises Refused, and Unavailable once nobody has answered for so long.

        With `repeatable` false it is not sent again when it may have been done and only its answer was lost.
        """
        request = _Request(
            "POST",
            self.url,
            msgspec.json.encode({"query": document.text, "variables": variables or {}}),
            {"Accept": _ACCEPT, "Content-Type": "application/json"},
            ANSWER_WITHIN,
            repeatable,
        )
        given, _ = self._answered(request, document.field, self._patience)
        return self._read(document, given)

    def look[T](
        self,
        document: Document[T],
        variables: Mapping[str, Any],
        known: str | None = None,
        within: float = float("inf"),
    ) -> Seen[T] | None:
        """What the query answers, at once; with the tag that is `known`, once it answers otherwise.

        None when it has not within so many seconds, or as long as the backend lets anybody wait.
        """
        wait = max(1, ceil(min(within, LONGEST_WAIT)))
        headers = {"Accept": _ACCEPT}
        limit = ANSWER_WITHIN
        if known == "":
            # Somebody in between has taken the tag away: there is no waiting then, and asking in a loop is no way.
            self._pause(min(1.0, within))
        elif known is not None:
            headers |= {"If-None-Match": known, "Prefer": f"wait={wait}"}
            limit = min(wait + _LATE, within)
        query = urlencode({"query": document.text, "variables": msgspec.json.encode(variables).decode()})
        request = _Request("GET", f"{self.url}?{query}", None, headers, limit, ends=limit == within)
        try:
            given, answered = self._answered(request, document.field, min(self._patience, within))
        except _Unchanged as unchanged:
            if not unchanged.waited:
                # Somebody in between answers for the backend and does not wait: do not ask as fast as it answers.
                self._pause(min(1.0, within))
            return None
        return Seen(self._read(document, given), answered.get("etag", ""))

    def _answered(self, request: _Request, field: str, patience: float) -> tuple[Given, Mapping[str, str]]:
        """The answer to this request and its headers; sent again where that is safe and may help."""
        give_up_at = self.clock() + patience
        pause = _FIRST_PAUSE
        while True:
            answer = self._tried(request, field)
            if not isinstance(answer, NotNow):
                return answer
            if not (answer.untouched or request.repeatable):
                raise Unavailable(
                    f"{self.url}: {answer.why}. It may have been done all the same: look before asking again."
                )
            if self.clock() + pause > give_up_at:
                raise Unavailable(f"{self.url} does not answer: {answer.why}")
            self._pause(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _tried(self, request: _Request, field: str) -> tuple[Given, Mapping[str, str]] | NotNow:
        try:
            answer = self._send(request)
        except urllib3.exceptions.ReadTimeoutError as error:
            if request.ends:
                raise _Unchanged(waited=True) from error
            return NotNow("no answer in time", untouched=False)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            return NotNow(_why(error), untouched=isinstance(error, _NEVER_SENT))
        if answer.status == 304:
            raise _Unchanged(waited="preference-applied" in answer.headers)
        match read_answer(answer.status, answer.data, field):
            case Given() as given:
                return given, answer.headers
            case NotNow() as not_now:
                return not_now
            case Refusal(code, message, details):
                raise Refused(code, message, details)
            case Foreign(why):
                raise NotZonda(f"{self.url} is not Zonda's: {why}")
            case never:
                assert_never(never)

    def _send(self, request: _Request) -> Answer:
        return self._pool.request(
            request.method,
            request.url,
            body=request.body,
            headers=request.headers,
            timeout=urllib3.Timeout(connect=CONNECT_WITHIN, read=request.within),
            redirect=False,
        )

    def _read[T](self, document: Document[T], given: Given) -> T:
        try:
            return msgspec.json.decode(given.value, type=document.kind)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise NotZonda(f"{self.url} answers {document.field} otherwise than Zonda does: {error}") from error


class _Unchanged(Exception):
    """There is nothing new; `waited` says that it was waited for."""

    def __init__(self, *, waited: bool) -> None:
        super().__init__()
        self.waited = waited


def _checked(url: str) -> str:
    try:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.port == 0 or parts.query:
            raise BadAddress(url)
    except ValueError as error:
        raise BadAddress(url) from error
    return url


def _why(error: Exception) -> str:
    reason = error.__cause__ or error
    return str(reason) if isinstance(reason, OSError) and reason.strerror else f"{type(error).__name__}: {error}"
