"""What the words of a command line mean: arguments of tasks, instants, spans. Knows no clock.

BadWord    a word cannot be read as what it stands for
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

_NAMED: Final = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)", re.DOTALL)
_SPAN: Final = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)(s|m|h|d)")
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class BadWord(ValueError):
    """A word cannot be read as what it stands for."""


def value(word: str) -> Any:
    """The JSON value that the word is, else the word itself as text."""
    try:
        return msgspec.json.decode(unicode(word))
    except (msgspec.DecodeError, RecursionError):
        return word


def unicode(word: str) -> str:
    """The word, unless it came from bytes that are no UTF-8."""
    try:
        word.encode()
    except UnicodeEncodeError as error:
        raise BadWord(f"{word[:80]!r} is not Unicode text") from error
    return word


def arguments(words: Sequence[str]) -> tuple[list[Any], dict[str, Any]]:
    """The arguments by position, and those by name: each `name=value`."""
    placed: list[Any] = []
    named: dict[str, Any] = {}
    for word in words:
        match = _NAMED.fullmatch(word)
        if match is None:
            placed.append(value(word))
        elif match[1] in named:
            raise BadWord(f"{match[1]}= is there twice")
        else:
            named[match[1]] = value(match[2])
    return placed, named


def instant(word: str, now: datetime) -> datetime:
    """The instant of ISO 8601 with its zone, or so long after now: 90s, 5m, 2h, 1d."""
    if match := _SPAN.fullmatch(word):
        try:
            return now + timedelta(**{_UNITS[match[2]]: float(match[1])})
        except OverflowError as error:
            raise BadWord(f"{word} from now is later than any date") from error
    try:
        moment = datetime.fromisoformat(word)
    except ValueError as error:
        raise BadWord(
            f"{word!r} is no instant: expected one such as 2026-11-21T22:04:00Z, or a span from now such as 90s, 5m, 2h"
        ) from error
    if moment.utcoffset() is None:
        raise BadWord(f"{word} has no time zone: write for example {word}Z")
    return moment


def seconds(word: str) -> float:
    """A number of seconds, at least 0."""
    try:
        found = float(word)
    except ValueError:
        found = -1.0
    if not 0 <= found < float("inf"):
        raise BadWord(f"{word!r} is no number of seconds")
    return found
