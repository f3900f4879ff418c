"""What is printed, and how: tables by rich on a terminal, plain text off it, JSON when asked for."""

import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TextIO

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Table


class Screen:
    """Standard output for what was asked for, standard error for what is said about it."""

    def __init__(
        self, *, as_json: bool, out: TextIO | None = None, err: TextIO | None = None, stdin: TextIO | None = None
    ) -> None:
        self.as_json = as_json
        self._out = out or sys.stdout
        self._err = err or sys.stderr
        self._in = stdin or sys.stdin
        self.about = Console(file=self._err, highlight=False, markup=False, emoji=False, soft_wrap=True)

    @property
    def interactive(self) -> bool:
        """Whether somebody sits there who can be asked."""
        return self._in.isatty() and self._err.isatty()

    def say(self, text: str) -> None:
        """A line of what was asked for."""
        self._out.write(f"{text}\n")
        self._out.flush()

    def tell(self, text: str) -> None:
        """A line about it, on standard error."""
        self.about.print(text)

    def json(self, value: Any) -> None:
        """The value as JSON: on a terminal so that it can be read, else on one line."""
        text = msgspec.json.encode(value)
        self.say((msgspec.json.format(text, indent=2) if self._out.isatty() else text).decode())

    def json_line(self, value: Any) -> None:
        """The value as JSON on one line, for what has no end yet."""
        self.say(msgspec.json.encode(value).decode())

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[object]], nothing: str) -> None:
        """Rows under their columns; `nothing` says on standard error that there are none."""
        if not rows:
            self.tell(nothing)
            return
        if self._out.isatty():
            self._coloured(columns, [[_cell(value, _brief) for value in row] for row in rows])
        else:
            for line in aligned(columns, [[_cell(value, _exact) for value in row] for row in rows]):
                self.say(line)

    def confirm(self, question: str) -> bool:
        """Whether somebody answers with yes."""
        self._err.write(f"{question} [y/N] ")
        self._err.flush()
        return self._in.readline().strip().lower() in {"y", "yes"}

    def _coloured(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        table = Table(box=None, pad_edge=False, header_style="bold")
        for place, column in enumerate(columns):
            # Only the last one tells a story; what one copies or compares is neither cut nor broken.
            table.add_column(column, no_wrap=place < len(columns) - 1, overflow="fold")
        for row in rows:
            table.add_row(*(f"[{_TONES[cell]}]{cell}[/]" if cell in _TONES else escape(cell) for cell in row))
        console = Console(file=self._out, highlight=False, emoji=False)
        fixed = sum(max(map(len, column)) + 2 for column in list(zip(columns, *rows, strict=True))[:-1])
        console.width = max(console.width, fixed + _STORY)
        console.print(table)


_STORY = 20
"""Columns of the terminal that the last cell of a row has at least, though the row becomes longer than the line."""

_TONES = {
    "RUNNING": "cyan",
    "FAILED": "red",
    "FINISHED": "green",
    "READY": "green",
    "DRAINING": "yellow",
    "LOST": "red",
    "paused": "yellow",
}


def aligned(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """The rows as lines of plain text, each cell under its column's name."""
    lines = [[column.upper() for column in columns], *([cell or "-" for cell in row] for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(columns))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]


def _cell(value: object, instant: Callable[[datetime], str]) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return instant(value.astimezone())
        case list() | tuple():
            return ",".join(map(str, value))
        case float() if value.is_integer():
            return str(int(value))
    return " ".join(str(value).split())


def _exact(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def _brief(moment: datetime) -> str:
    today = datetime.now().astimezone().date() == moment.date()
    return moment.strftime("%H:%M:%S" if today else "%Y-%m-%d %H:%M")
