"""Why a value does not fit its type, in words. The page says the very same (frontend/src/lib/misfit.ts).

msgspec says it in Python's words, and in one text with the place: "Expected `int`, got `str` - at `$[1].x`".
"""

import ast
import json
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Final, NamedTuple

LONGEST: Final = 80
"""Characters of a wrong value that are shown."""

_EXPECTED: Final = {
    "int": "a whole number",
    "float": "a number",
    "str": "text",
    "bool": "true or false",
    "null": "null",
    "array": "a list",
    "object": "an object",
    "date": "a date",
    "datetime": "a date and time",
    "time": "a time of day",
    "duration": "a duration",
    "uuid": "a UUID",
    "decimal": "a decimal number",
    "bytes": "base64 text",
}

_GOT: Final = {
    "int": "a number",
    "float": "a decimal",
    "str": "text",
    "bool": "a boolean",
    "null": "null",
    "array": "a list",
    "object": "an object",
}

_PARTS: Final = {"str": "character", "bytes": "byte", "array": "item", "object": "item"}


class Misfit(NamedTuple):
    """`at` is the place inside the value, as `[1].x`, empty for the whole.

    `[...]` is a value of a dict and `[key]` a key: msgspec does not say which.
    """

    at: str
    why: str


def told(message: str) -> Misfit:
    """What msgspec says of a value, in our words; in its own where we have none."""
    said, _, place = message.partition(" - at `")
    at = _at(place)
    if missing := re.fullmatch(r"Object missing required field `(.*)`", said):
        return Misfit(f"{at}.{missing[1]}", "is missing")
    for pattern, words in _WORDS:
        if found := pattern.fullmatch(said):
            return Misfit(at, words(found))
    return Misfit(at, f"does not fit: {said[:1].lower()}{said[1:]}")


def _at(place: str) -> str:
    key, _, inside = place.rpartition("key` in `")
    return inside.removesuffix("`").removeprefix("$") + ("[key]" if key or place.startswith("key") else "")


def _kinds(found: re.Match[str]) -> str:
    names = found[1].split(" | ")
    wanted = [_EXPECTED.get(name, name) for name in names if not (name == "int" and "float" in names)]
    *others, last = wanted
    return f"must be {', '.join(others)}{' or ' if others else ''}{last}, not {_GOT.get(found[2], found[2])}"


def _choice(found: re.Match[str]) -> str:
    shown = json.dumps(ast.literal_eval(found[1]), ensure_ascii=False)
    return f"must be one of its choices, not {shown if len(shown) <= LONGEST else f'{shown[:LONGEST]}…'}"


def _bound(found: re.Match[str]) -> str:
    relation = {">=": "at least", "<=": "at most", ">": "above", "<": "below"}[found[1]]
    return f"must be {relation} {_number(found[2])}"


def _size(found: re.Match[str]) -> str:
    relation = {">=": "at least", "<=": "at most"}[found[2]]
    return f"must have {relation} {_counted(int(found[3]), _PARTS[found[1]])}"


def _counted(many: int, part: str) -> str:
    return f"{many} {part}" if many == 1 else f"{many} {part}s"


def _number(text: str) -> str:
    """A number as one writes it, without the `.0` of a float that is whole."""
    plain = f"{Decimal(text):f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _always(words: str) -> "Callable[[re.Match[str]], str]":
    return lambda _: words


_WORDS: "Final[list[tuple[re.Pattern[str], Callable[[re.Match[str]], str]]]]" = [
    (re.compile(pattern, re.DOTALL), words)
    for pattern, words in [
        (r"Expected `([^`]+)`, got `([^`]+)`", _kinds),
        (r"Invalid enum value (.+)", _choice),
        (r"Expected `(?:int|float)` (>=|<=|>|<) (\S+)", _bound),
        (
            r"Expected `(?:int|float)` that's a multiple of (\S+)",
            lambda found: f"must be a multiple of {_number(found[1])}",
        ),
        (r"Expected `(str|bytes|array|object)` of length (>=|<=) (\d+)", _size),
        (
            r"Expected `array` of length (\d+), got (\d+)",
            lambda found: f"must have {_counted(int(found[1]), 'item')}, not {found[2]}",
        ),
        (
            r"Expected `array` of length (\d+) to (\d+), got (\d+)",
            lambda found: f"must have {found[1]} to {found[2]} items, not {found[3]}",
        ),
        (r"Expected `str` matching regex (.+)", lambda found: f"must match the pattern {ast.literal_eval(found[1])}"),
        (r"Invalid RFC3339 encoded date", _always("must be a date such as 2026-11-21")),
        (r"Invalid RFC3339 encoded datetime", _always("must be a date and time such as 2026-11-21T22:04:00Z")),
        (r"Invalid RFC3339 encoded time", _always("must be a time of day such as 22:04:00")),
        (r"Expected `\w+` with a timezone component", _always("must have a time zone, such as Z or +01:00")),
        (r"Expected `\w+` with no timezone component", _always("must have no time zone")),
        (
            r"Invalid ISO8601 duration|Only units .* are supported when parsing ISO8601 durations",
            _always("must be a duration such as P1DT2H30M"),
        ),
        (
            r"(?:Duration|Number|Timestamp|Integer value) is out of range ?|(?:Number|Integer value) out of range",
            _always("is out of range"),
        ),
        (r"Invalid UUID", _always("must be a UUID, which has 32 hexadecimal digits")),
        (r"Invalid decimal string", _always("must be a decimal number such as 12.50")),
        (r"Invalid base64 encoded string", _always("must be base64 text")),
    ]
]
