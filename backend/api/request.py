"""What a request asks for: GraphQL over HTTP, from a query string or a JSON body.

BadRequest
└── Unreadable    the body is no JSON
"""

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs

import msgspec
from msgspec import Struct

from backend.api.answer import Media

Headers = Sequence[tuple[bytes, bytes]]


class BadRequest(Exception):
    """The request is no well-formed GraphQL request."""


class Unreadable(BadRequest):
    """The body is no JSON."""


class GraphQLRequest(msgspec.Struct, frozen=True):
    """The parameters of a GraphQL request."""

    query: str
    variables: dict[str, Any] | None = None
    operationName: str | None = None  # noqa: N815  (its name on the wire)
    extensions: dict[str, Any] | None = None


class _Head(msgspec.Struct, frozen=True):
    """What of a request says which operation it is."""

    query: str
    operationName: str | None = None  # noqa: N815  (its name on the wire)


_DECODER = msgspec.json.Decoder(GraphQLRequest)
_HEADS = msgspec.json.Decoder(_Head)


def from_body(body: bytes) -> GraphQLRequest:
    """The request in a JSON body."""
    return _decoded(_DECODER, body)


def head_of(body: bytes) -> GraphQLRequest:
    """The request in a JSON body without its variables: those are passed over, which takes neither time nor memory."""
    head = _decoded(_HEADS, body)
    return GraphQLRequest(query=head.query, operationName=head.operationName)


def _decoded[T](decoder: "msgspec.json.Decoder[T]", body: bytes) -> T:
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise BadRequest(f"The body is no GraphQL request: {error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(f"The body is no readable JSON: {error}") from error


def from_query_string(text: bytes) -> GraphQLRequest:
    """The request in a URL's query; `variables` and `extensions` are JSON in it."""
    try:
        fields = parse_qs(text.decode(), keep_blank_values=True, errors="strict", max_num_fields=100)
    except (UnicodeDecodeError, ValueError) as error:
        raise BadRequest(f"The query string is unreadable: {error}") from error
    for name, values in fields.items():
        if len(values) > 1:
            raise BadRequest(f"The query string has {name[:100]!r} more than once.")
    if fields.get("query", [""]) == [""]:
        raise BadRequest("The query string has no `query`. GET /graphql?query={taskTypes{name}} is one that works.")
    plain = {name: values[0] for name, values in fields.items()}
    return GraphQLRequest(
        query=plain["query"],
        variables=_mapping(plain, "variables"),
        operationName=plain.get("operationName") or None,
        extensions=_mapping(plain, "extensions"),
    )


def _mapping(fields: dict[str, str], name: str) -> dict[str, Any] | None:
    if not fields.get(name):
        return None
    try:
        return msgspec.json.decode(fields[name], type=dict[str, Any] | None)
    except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError) as error:
        raise BadRequest(f"`{name}` is no JSON object: {error}") from error


def header(headers: Headers, name: bytes) -> str | None:
    """A header's values joined by commas, None when it was not sent."""
    values = [value for key, value in headers if key == name]
    return b", ".join(values).decode("latin-1") if values else None


class _Offer(Struct, frozen=True):
    kind: str
    quality: float


def negotiated(accept: str | None) -> Media | None:
    """The media type to answer in, None when the client takes neither of the two."""
    if not accept or accept in ("*/*", Media.RESPONSE):
        return Media.RESPONSE
    offers = [_offer(part) for part in accept.split(",") if part.strip()]
    best: tuple[float, Media] | None = None
    for media in Media:
        quality = _quality(media, offers)
        if quality > 0 and (best is None or quality > best[0]):
            best = quality, media
    return best[1] if best else None


def _offer(part: str) -> _Offer:
    kind, *parameters = (piece.strip().lower() for piece in part.split(";"))
    for parameter in parameters:
        if re.fullmatch(r"q\s*=\s*[01](\.[0-9]{0,3})?", parameter):
            return _Offer(kind, float(parameter.split("=")[1]))
    return _Offer(kind, 1.0)


def _quality(media: Media, offers: Sequence[_Offer]) -> float:
    # The most specific range that matches decides, not the kindest one: that is how a client excludes a type.
    for pattern in (media.value, "application/*", "*/*"):
        found = [offer.quality for offer in offers if offer.kind == pattern]
        if found:
            return max(found)
    return 0.0


def is_json(content_type: str | None) -> bool:
    """Whether a Content-Type says application/json in UTF-8."""
    kind, *parameters = (piece.strip().lower() for piece in (content_type or "").split(";"))
    return kind == "application/json" and all(
        not parameter.startswith("charset") or parameter.split("=")[-1].strip('" ') in ("utf-8", "utf8")
        for parameter in parameters
    )


_TAG = re.compile(r'(?:W/)?("[^"]*")')
_WAIT = re.compile(r"(?:^|,)\s*wait\s*=\s*\"?([0-9]{1,9})\"?\s*(?:;[^,]*)?(?=,|$)", re.IGNORECASE)
MAX_WAIT = 25
"""Seconds that a request may wait at most."""


class Condition(Struct, frozen=True):
    """Which answers the client already has, and for how many seconds it would wait for another one."""

    tags: frozenset[str]
    wait: float

    def knows(self, etag: str) -> bool:
        return etag in self.tags or "*" in self.tags


def condition(headers: Headers) -> Condition | None:
    """What If-None-Match and Prefer say, None without If-None-Match."""
    tags = header(headers, b"if-none-match")
    if tags is None:
        return None
    prefer = _WAIT.search(header(headers, b"prefer") or "")
    wait = min(int(prefer[1]), MAX_WAIT) if prefer else 0
    return Condition(frozenset(["*"] if tags.strip() == "*" else _TAG.findall(tags)), wait)
