"""The sink's way to the record: one GraphQL mutation over a connection that stays open."""

from collections.abc import Sequence

import msgspec
import urllib3

from sink.events import CallAnswered, CallFailed, CallRefused

CONNECT_WITHIN = 2.0
ANSWER_WITHIN = 40.0
"""Seconds; the record may be busy for a while, and a call that is given up is work done twice."""

_MUTATION = "mutation ReportAttempts($reports: JSON!) { reportAttempts(reports: $reports) }"
_BEFORE = f'{{"query":"{_MUTATION}","variables":{{"reports":['.encode()
_AFTER = b"]}}"
_LINE = 300

# They say nothing of what the call holds: the backend is on its way up or down, busy, or not ours.
_NOT_ABOUT_REPORTS = frozenset({401, 403, 404, 405, 408, 421, 425, 429, 502, 503, 504})
_NOT_ABOUT_REPORTS_CODES = frozenset({"UNAVAILABLE", "UNAUTHENTICATED", "FORBIDDEN"})

_ABOUT_REPORTS_CODES = frozenset({"BAD_INPUT", "TOO_LARGE"})


class _Extensions(msgspec.Struct):
    code: str = ""


class _Error(msgspec.Struct):
    message: str = ""
    extensions: _Extensions = msgspec.field(default_factory=_Extensions)


class _Data(msgspec.Struct, rename="camel"):
    report_attempts: list[str]


class _Answer(msgspec.Struct):
    data: _Data | None = None
    errors: list[_Error] = []


_ANSWER = msgspec.json.Decoder(_Answer)


class Backend:
    """Reports attempts to one GraphQL address. For one thread at a time."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._pool = urllib3.PoolManager(
            num_pools=1,
            maxsize=1,
            retries=False,
            timeout=urllib3.Timeout(connect=CONNECT_WITHIN, read=ANSWER_WITHIN),
            headers={
                "Authorization": f"Bearer {token}",
                "Content-Type": "application/json",
                "Accept": "application/graphql-response+json",
            },
        )

    def report(self, reports: Sequence[bytes]) -> CallAnswered | CallRefused | CallFailed:
        """Have the reports, each a JSON object, written into the record; returns how that ended, whatever happens."""
        body = _BEFORE + b",".join(reports) + _AFTER
        try:
            response = self._pool.request("POST", self._url, body=body, redirect=False)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            return CallFailed(f"{type(error).__name__}: {error}"[:_LINE])
        return read_answer(response.status, response.data)


def read_answer(status: int, body: bytes) -> CallAnswered | CallRefused | CallFailed:
    """What an HTTP answer means for the reports it is the answer to."""
    try:
        answer = _ANSWER.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        answer = _Answer()
    if status == 200 and answer.data is not None and not answer.errors:
        return CallAnswered(tuple(answer.data.report_attempts))
    error = answer.errors[0] if answer.errors else _Error()
    why = " ".join(f"HTTP {status} {error.extensions.code} {error.message}".split())[:_LINE]
    if status in _NOT_ABOUT_REPORTS or error.extensions.code in _NOT_ABOUT_REPORTS_CODES or 300 <= status < 400:
        return CallFailed(why)
    return CallRefused(why, sure=status == 413 or error.extensions.code in _ABOUT_REPORTS_CODES)
