"""What people copy from a task's call, in the way that the record keeps arguments. Pure.

`add(a=89, b=178)` has the kwargs `{"a":89,"b":178}`, and `a=89` is a part of that.
"""

import re
from typing import Final

from msgspec import Struct

_CALL: Final = re.compile(r"(?P<name>[\w.]+)\((?P<given>.*?)(?P<end>\))?…?", re.DOTALL)
_TOKEN: Final = re.compile(
    r"""
      (?P<text> "(?:[^"\\]|\\.)*"? )
    | (?P<between> [,:] ) \s+
    | (?P<name> \b[^\W\d]\w* ) = (?!=)
    | (?P<other> . )
    """,
    re.VERBOSE | re.DOTALL,
)


class Written(Struct, frozen=True):
    """What the JSON of a task's arguments contains when it was called so: `anywhere` in either of the two, or each."""

    name: str = ""
    args: str = ""
    kwargs: str = ""
    anywhere: str = ""


def read(text: str) -> list[Written]:
    """The ways in which a text may be a part of a call; none when it is written as the record has it anyway."""
    if call := _CALL.fullmatch(text):
        args, kwargs = _stored(call["given"])
        # What is before the end is the whole of it.
        args_end, kwargs_end = ("]" if call["end"] or kwargs else "", "}" if call["end"] else "")
        return [
            Written(
                name=call["name"],
                args=f"[{args}{args_end}" if args else "",
                kwargs=f"{{{kwargs}{kwargs_end}" if kwargs else "",
            )
        ]
    args, kwargs = _stored(text.removesuffix(")"))
    if not kwargs:
        return [] if args == text else [Written(anywhere=args)]
    found = [Written(args=args, kwargs=kwargs)]
    name, _, value = kwargs.partition(":")
    if not args and value and value[0] not in '"[{':
        # The quotes around a text are easily left out.
        found.append(Written(kwargs=f'{name}:"{value}'))
    return found


def _stored(given: str) -> tuple[str, str]:
    """Arguments as they stand in the record's JSON, but for the brackets around them: by place, and by name."""
    placed: list[str] = []
    named: list[str] = []
    depth = 0
    for token in _TOKEN.finditer(given):
        kind, part = token.lastgroup, token[token.lastgroup or 0]
        if kind == "other":
            depth += (part in "[{(") - (part in ")}]")
        before = (named or placed)[-1:]
        if kind == "name" and depth == 0 and before in ([], [","]):
            named.append(f'"{part}":')
            continue
        (named or placed).append(f"{part}=" if kind == "name" else part)
    return "".join(placed).strip().rstrip(","), "".join(named).strip()
