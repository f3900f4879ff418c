"""What goes back over HTTP: the two media types, the statuses of GraphQL over HTTP, and the tag of a body."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cached_property
from hashlib import blake2b
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from backend.api.errors import Code

_CACHING = (b"cache-control", b"private, no-cache")
_ENCODER = msgspec.json.Encoder()


class Media(StrEnum):
    """How an answer may be written."""

    RESPONSE = "application/graphql-response+json"
    JSON = "application/json"


class Answer(Struct, frozen=True, dict=True):  # for its cached properties
    """One HTTP answer.

    `cost` is the processor time that making it took, in seconds; `faulty` says that an error of ours is in it.
    """

    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    cost: float = 0.0
    faulty: bool = False

    @cached_property
    def etag(self) -> str:
        """A strong tag: equal exactly when status, headers and body are."""
        digest = blake2b(repr((self.status, self.headers)).encode(), digest_size=16)
        digest.update(self.body)
        return f'"{digest.hexdigest()}"'

    @cached_property
    def tagged(self) -> "Answer":
        """The same with its tag among its headers."""
        return replace(self, headers=(*self.headers, (b"etag", self.etag.encode())))


PARTIAL = 294
"""The status of an answer that has errors beside its data, be that null. To HTTP it is as good as 200."""

_STATUS_OF_CODE = {Code.UNAUTHENTICATED: 401, Code.UNAVAILABLE: 503, Code.INTERNAL: 500}


def answered(media: Media, data: Mapping[str, Any] | None, errors: Sequence[Mapping[str, Any]], cost: float) -> Answer:
    """The answer to an operation that was executed; `data` is None where an error reached the top."""
    codes = {error["extensions"]["code"] for error in errors}
    faulty = Code.INTERNAL in codes or Code.UNAVAILABLE in codes
    status = next((status for code, status in _STATUS_OF_CODE.items() if code in codes), None)
    if data is None and status is not None:
        # Where there is `data`, a status that proxies and clients act on is not allowed; here there is nothing to tell.
        return _written(media, status, {"errors": errors}, cost=cost, faulty=faulty)
    if not errors:
        return _written(media, 200, {"data": data}, cost=cost)
    return _written(media, PARTIAL, {"data": data, "errors": errors}, cost=cost, faulty=faulty)


def invalid(media: Media, errors: Sequence[Mapping[str, Any]], *, parsed: bool = True) -> Answer:
    """The answer to a well-formed request that GraphQL refuses before it executes anything."""
    return _written(media, 422 if parsed else 400, {"errors": errors})


def refused(
    media: Media, status: int, code: Code, message: str, *headers: tuple[str, str], **details: object
) -> Answer:
    """The answer to a request that does not get as far as GraphQL."""
    error = {"message": message, "extensions": {"code": code, **details}}
    return _written(media, status, {"errors": [error]}, *headers)


def unchanged(*headers: tuple[bytes, bytes]) -> Answer:
    """The answer to a client that has the present one already."""
    return Answer(304, b"", (_CACHING, *headers))


def _written(
    media: Media,
    status: int,
    content: Mapping[str, Any],
    *headers: tuple[str, str],
    cost: float = 0.0,
    faulty: bool = False,
) -> Answer:
    if status == 401:
        headers = (*headers, ("WWW-Authenticate", "Bearer"))
    if status == 503:
        headers = (*headers, ("Retry-After", "1"))
    # A client that takes only application/json tells a refusal of GraphQL's from one of a proxy by this type alone.
    kind = media if status < 300 else Media.RESPONSE
    encoded = ((b"content-type", f"{kind}; charset=utf-8".encode()), _CACHING)
    more = tuple((name.lower().encode(), value.encode()) for name, value in headers)
    return Answer(status, _ENCODER.encode(content), encoded + more, cost, faulty)
