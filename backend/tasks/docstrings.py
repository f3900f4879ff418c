"""What the docstring of a task function says of the whole, and of each parameter: `Args:`, or `:param name:`."""

import re
from inspect import cleandoc
from typing import NamedTuple

_SECTION = re.compile(r"(?:Args|Arguments|Parameters|Keyword Args|Keyword Arguments):\s*")
_IN_SECTION = re.compile(r"\*{0,2}(\w+)\s*(?:\([^)]*\))?\s*:\s+(.*)")
_FIELD = re.compile(r":(?:param|parameter|arg|argument)\s+(?:[^:]*\s)?\*{0,2}(\w+)\s*:\s*(.*)")


class Documented(NamedTuple):
    """`text` is what is left when that about the parameters is taken out."""

    text: str
    parameters: dict[str, str]


def read(docstring: str | None) -> Documented:
    """A docstring, taken apart."""
    lines = cleandoc(docstring or "").splitlines()
    left: list[str] = []
    parameters: dict[str, str] = {}
    while lines:
        line = lines.pop(0)
        if field := _FIELD.fullmatch(line):
            parameters[field[1]] = " ".join([field[2], *_indented(lines)]).strip()
        elif _SECTION.fullmatch(line) and lines and lines[0].startswith(" "):
            parameters |= _section(_indented(lines))
        else:
            left.append(line)
    return Documented(re.sub(r"\n{3,}", "\n\n", "\n".join(left)).strip(), parameters)


def _indented(lines: list[str]) -> list[str]:
    """The lines up to the next that is not indented, taken away from them; without those that are empty."""
    taken: list[str] = []
    while lines and (not lines[0].strip() or lines[0].startswith(" ")):
        taken.append(lines.pop(0).strip())
    return [line for line in taken if line]


def _section(lines: list[str]) -> dict[str, str]:
    parameters: dict[str, str] = {}
    name = None
    for line in lines:
        if entry := _IN_SECTION.fullmatch(line):
            name, parameters[entry[1]] = entry[1], entry[2]
        elif name is not None:
            parameters[name] += f" {line}"
    return parameters
