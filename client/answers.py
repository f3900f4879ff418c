"""What an HTTP answer of the backend means. Knows no socket."""

from typing import Any

import msgspec
from msgspec import Struct

_LINE = 300


class Given(Struct, frozen=True):
    """The field at the root of what was asked, as JSON."""

    value: bytes


class Refusal(Struct, frozen=True):
    """The backend has read what was asked and refuses it."""

    code: str
    message: str
    details: dict[str, Any]


class NotNow(Struct, frozen=True):
    """Asking again later may help. `untouched` says that surely nothing was changed."""

    why: str
    untouched: bool


class Foreign(Struct, frozen=True):
    """Whatever answered, it does not speak Zonda's GraphQL."""

    why: str


Meaning = Given | Refusal | NotNow | Foreign


class _Error(msgspec.Struct):
    message: str = ""
    extensions: dict[str, Any] = {}


class _Body(msgspec.Struct):
    data: dict[str, msgspec.Raw] | None = None
    errors: list[_Error] = []


_BODY = msgspec.json.Decoder(_Body)

# A proxy in front of the backend says these when it got no answer itself.
_BETWEEN = frozenset({429, 502, 503, 504})


def read_answer(status: int, body: bytes, field: str) -> Meaning:
    """What this answer says of the field that was asked for."""
    try:
        answer = _BODY.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        answer = None
    if answer is None or (not answer.errors and field not in (answer.data or {})):
        if status in _BETWEEN:
            return NotNow(f"HTTP {status}", untouched=False)
        return Foreign(
            f"HTTP {status}, and no answer of GraphQL's: {_line(body.decode(errors='replace')) or 'nothing'}"
        )
    if answer.errors:
        error = answer.errors[0]
        details = dict(error.extensions)
        code = str(details.pop("code", "BAD_INPUT"))
        if code == "UNAVAILABLE":
            return NotNow(error.message, untouched=True)
        return Refusal(code, error.message, details)
    assert answer.data is not None
    return Given(bytes(answer.data[field]))


def _line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LINE else f"{line[: _LINE - 1]}…"
