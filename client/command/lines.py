"""Reading tasks from the lines of a file, JSON Lines or CSV. A line that is none is told of, and the next one is read.

BadFile    the file as a whole cannot be read: its CSV header
"""

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from difflib import get_close_matches
from hashlib import sha256
from typing import Any, BinaryIO, Final

import msgspec
from msgspec import Struct

from client.command import words
from client.records import Draft

LONGEST: Final = 16 * 1024 * 1024
"""Bytes of one line: what one request may have."""


class BadFile(Exception):
    """The file as a whole cannot be read."""


class GoodLine(Struct, frozen=True):
    """A task to create. `size` is how many bytes of a request it takes."""

    number: int
    draft: Draft
    size: int


class BadLine(Struct, frozen=True):
    """A line that makes no task, and why. `code` is the API's word for it."""

    number: int
    why: str
    code: str = "BAD_INPUT"


type Line = GoodLine | BadLine

# Both what createTask calls them and what messages on TASKS do; how the words are joined does not matter.
_FIELDS: Final = {"task": "name", "taskid": "id"} | {name.replace("_", ""): name for name in Draft.__struct_fields__}
_SENT_AS: Final = dict(zip(Draft.__struct_fields__, Draft.__struct_encode_fields__, strict=True))
_KNOWN: Final = tuple(sorted(_SENT_AS.values()))
_NUMBER: Final = re.compile(r"[0-9]{1,15}(\.[0-9]{1,15})?")
_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,18}")


def of_json_lines(file: BinaryIO) -> Iterator[tuple[int, Mapping[str, Any] | BadLine]]:
    """The object on each line, with the line's number. Blank lines are none."""
    for number, line in _lines(file):
        if line is None:
            yield number, BadLine(number, f"the line is longer than {LONGEST} bytes", "TOO_LARGE")
            continue
        text = line.removeprefix(b"\xef\xbb\xbf").strip() if number == 1 else line.strip()
        if not text:
            continue
        try:
            yield number, msgspec.json.decode(text, type=dict[str, Any])
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            yield number, BadLine(number, f"no JSON object: {_plain(error)}")


def of_csv(file: BinaryIO) -> Iterator[tuple[int, Mapping[str, Any] | BadLine]]:
    """The fields of each row, with the number of the row's first line. Empty cells are absent.

    Columns are what createTask takes: `args` and `kwargs` as JSON. A column `kwargs.NAME` is one argument by name: a
    cell that is JSON is read as JSON, any other is text.
    """
    csv.field_size_limit(LONGEST)
    rows = csv.reader(_decoded(file), strict=True)
    try:
        header = [name.strip() for name in next(rows, [])]
    except csv.Error as error:
        raise BadFile(f"line 1 is no CSV header: {error}") from error
    if wrong := _wrong_header(header):
        raise BadFile(f"line 1, the header: {wrong}")
    while True:
        number = rows.line_num + 1
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield number, BadLine(number, f"no CSV: {error}")
            continue
        if row:
            yield number, _fields_of(row, header, number)


def drafts(found: Iterable[tuple[int, Mapping[str, Any] | BadLine]], source: str | None) -> Iterator[Line]:
    """The task of each line. One without an id gets one made of the source and of what the line says.

    So reading the same source again gives the same ids, wherever in it the lines stand by then. Without a source no id
    is made: whoever creates the task makes a new one.
    """
    seen: Counter[bytes] = Counter()
    for number, fields in found:
        line = fields if isinstance(fields, BadLine) else _line(number, fields)
        if isinstance(line, GoodLine) and source is not None and line.draft.id is None:
            said = sha256(msgspec.json.encode(line.draft)).digest()
            seen[said] += 1
            named = msgspec.structs.replace(line.draft, id=_id_of(source, said, seen[said]))
            line = GoodLine(number, named, line.size + 40)
        yield line


def _id_of(source: str, said: bytes, time: int) -> str:
    """The id of what a source says for the n-th time: always the same one."""
    return sha256(said + f"{time}:{source}".encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _line(number: int, fields: Mapping[str, Any]) -> Line:
    named: dict[str, Any] = {}
    for spelt, value in fields.items():
        field = _field(spelt)
        if field is None:
            return BadLine(number, _unknown(spelt))
        if field in named:
            return BadLine(number, f"{spelt}: there is a second {field}")
        if value is not None:
            named[field] = value
    for field, value in named.items():
        if wrong := _wrong(field, value):
            return BadLine(number, f"{field}: {wrong}")
    if "name" not in named:
        return BadLine(number, "name: the task function is missing")
    try:
        draft = msgspec.convert({_SENT_AS[field]: value for field, value in named.items()}, Draft)
        return GoodLine(number, draft, len(msgspec.json.encode(draft)) + 1)
    except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError, TypeError) as error:
        return BadLine(number, _plain(error))


def _field(spelt: str) -> str | None:
    return _FIELDS.get(spelt.replace("-", "").replace("_", "").lower())


def _unknown(spelt: str) -> str:
    near = get_close_matches(spelt, _KNOWN, 1)
    return f"{spelt[:80]!r} is unknown; " + (f"did you mean {near[0]}?" if near else f"known are {', '.join(_KNOWN)}")


_KINDS: Final[Mapping[str, tuple[type | tuple[type, ...], str]]] = {
    "args": (list, "a JSON array such as [1, 2]"),
    "kwargs": (dict, 'a JSON object such as {"a": 1}'),
    "priority": (int, "a whole number"),
    "max_attempts": (int, "a whole number"),
    "timeout": ((int, float), "a number of seconds"),
}


def _wrong(field: str, value: object) -> str | None:
    """What is wrong with it as far as can be told without the backend."""
    kind, expected = _KINDS.get(field, (str, "a text"))
    if not isinstance(value, kind) or isinstance(value, bool):
        return f"expected {expected}"
    if field in {"run_after", "expires_at"}:
        try:
            if datetime.fromisoformat(str(value)).utcoffset() is None:
                return f"{str(value)[:80]} has no time zone: write for example {str(value)[:80]}Z"
        except ValueError:
            return f"{str(value)[:80]!r} is no instant such as 2026-11-21T22:04:00Z"
    return None


def _wrong_header(header: list[str]) -> str | None:
    fields = [name if name.startswith("kwargs.") else _field(name) for name in header]
    for name, field in zip(header, fields, strict=True):
        if field is None:
            return _unknown(name)
        if fields.count(field) > 1:
            return f"{name!r} is there twice"
    return None if "name" in fields else "there is no column name, which says the task function"


def _fields_of(row: list[str], header: list[str], number: int) -> Mapping[str, Any] | BadLine:
    if len(row) != len(header):
        return BadLine(number, f"expected {len(header)} cells as in the header, found {len(row)}")
    fields: dict[str, Any] = {}
    more: dict[str, Any] = {}
    for name, cell in zip(header, row, strict=True):
        if not cell.strip():
            continue
        try:
            if name.startswith("kwargs."):
                more[name.removeprefix("kwargs.")] = words.value(cell)
            else:
                fields[name] = _cell(_field(name) or name, cell.strip())
        except words.BadWord as error:
            return BadLine(number, f"{name}: {error}")
    if more:
        given = fields.get("kwargs", {})
        if not isinstance(given, dict):
            return BadLine(number, 'kwargs: expected a JSON object such as {"a": 1}')
        if twice := given.keys() & more.keys():
            return BadLine(number, f"kwargs.{min(twice)}: it stands in kwargs too")
        fields["kwargs"] = given | more
    return fields


def _cell(field: str, cell: str) -> Any:
    """What stands in the cell; as text where that cannot be read, so that it is told what was expected."""
    if field in {"args", "kwargs"}:
        return words.value(cell)
    if field in {"priority", "max_attempts"}:
        return int(cell) if _WHOLE.fullmatch(cell) else cell
    if field == "timeout":
        return float(cell) if _NUMBER.fullmatch(cell) else cell
    return words.unicode(cell)


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """Each line with its number; None for one that is too long to be held."""
    number = 0
    while line := file.readline(LONGEST):
        number += 1
        if len(line) == LONGEST and not line.endswith(b"\n"):
            while (rest := file.readline(LONGEST)) and not rest.endswith(b"\n"):
                pass
            yield number, None
        else:
            yield number, line


def _decoded(file: BinaryIO) -> Iterator[str]:
    """The lines as text. Bytes that are no UTF-8 stay recognisable, so that only their own row is bad."""
    for number, line in _lines(file):
        text = (line or b"").decode("utf-8", "surrogateescape")
        yield text.removeprefix("\ufeff") if number == 1 else text


def _plain(error: Exception) -> str:
    return " ".join(str(error).split())[:300]


READERS: Final[Mapping[str, Callable[[BinaryIO], Iterator[tuple[int, Mapping[str, Any] | BadLine]]]]] = {
    "jsonl": of_json_lines,
    "csv": of_csv,
}
