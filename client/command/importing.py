"""import: create the tasks of a file."""

import os
import sys
from argparse import ArgumentParser
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, Literal, Self

from msgspec import Struct, field
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from client.client import Client
from client.command.batches import Made, create_all
from client.command.command import WrongUse
from client.command.exits import Exit
from client.command.lines import READERS, BadFile, BadLine, drafts
from client.command.screen import Screen
from client.errors import ClientError


class Import(Struct, frozen=True, kw_only=True):
    """create the tasks of a file, JSON Lines or CSV"""

    file: str
    format: Literal["jsonl", "csv"] | None
    source: str | None
    again: bool

    @staticmethod
    def declare(parser: ArgumentParser) -> None:
        parser.epilog = (
            "A line of JSON Lines is an object with what create takes: name, args, kwargs, id, queue, priority, "
            "runAfter, expiresAt, timeout, maxAttempts; the spelling of messages on TASKS (task, task-id, run-after) "
            "does too. CSV has these as columns, args and kwargs as JSON; a column kwargs.NAME is one argument by "
            "name. A bad line is told of on standard error and costs only itself; the exit code is 1 then. Importing "
            "a file again creates nothing twice, also after lines were mended or added: a line without an id gets one "
            "made from the file's name and from what the line says."
        )
        parser.add_argument("file", metavar="FILE", help="tasks.jsonl or tasks.csv; - is standard input")
        parser.add_argument("--format", choices=READERS, help="default: by the end of the file's name; jsonl for -")
        parser.add_argument(
            "--source", metavar="NAME", help="make ids from this name instead of the file's (needed for safety with -)"
        )
        parser.add_argument("--again", action="store_true", help="create all tasks anew, with new ids")

    def run(self, client: Client, screen: Screen) -> Exit:
        reader = READERS[self._format()]
        source = None if self.again else self.source or (None if self.file == "-" else Path(self.file).name)
        tally = _Tally()
        with ExitStack() as stack:
            file = stack.enter_context(self._opened())
            bar = stack.enter_context(_Bar(screen, file))
            try:
                for event in create_all(drafts(reader(file), source), lambda some: client.create_many(some).existing):
                    match event:
                        case Made(tasks, existing):
                            tally.created += tasks - existing
                            tally.existing += existing
                        case BadLine():
                            tally.bad.append(event)
                            if not screen.as_json:
                                screen.tell(f"{self.file}:{event.number}: {event.why}")
                    bar.move(tally)
            except BadFile as error:
                raise WrongUse(f"{self.file}: {error}") from error
            except OSError as error:
                raise WrongUse(f"{self.file}: {error.strerror or error}") from error
            except (ClientError, KeyboardInterrupt):
                bar.stop()
                again = "import it again to go on" if source else "what comes after them is not created"
                screen.tell(f"{self.file}: {tally.created + tally.existing} tasks stand in the record; {again}.")
                raise
        self._summarise(tally, screen)
        return Exit.FAILED if tally.bad else Exit.WELL

    def _summarise(self, tally: "_Tally", screen: Screen) -> None:
        if screen.as_json:
            bad = [
                {"line": line.number, "code": line.code, "error": line.why}
                for line in sorted(tally.bad, key=lambda line: line.number)
            ]
            screen.json({"created": tally.created, "existing": tally.existing, "bad": bad})
            return
        lines = "1 bad line" if len(tally.bad) == 1 else f"{len(tally.bad)} bad lines"
        existing = f"{tally.existing} there already, " if tally.existing else ""
        screen.say(f"{tally.created} created, {existing}{lines}")

    def _format(self) -> Literal["jsonl", "csv"]:
        if self.format:
            return self.format
        match Path(self.file).suffix.lower():
            case ".csv":
                return "csv"
            case ".jsonl" | ".ndjson" | ".json" | "":
                return "jsonl"
        raise WrongUse(f"{self.file}: its name ends neither in .jsonl nor in .csv; say --format")

    def _opened(self) -> BinaryIO:
        if self.file == "-":
            return os.fdopen(os.dup(sys.stdin.fileno()), "rb")
        try:
            return Path(self.file).open("rb")
        except OSError as error:
            raise WrongUse(f"{self.file}: {error.strerror}") from error


class _Tally(Struct):
    created: int = 0
    existing: int = 0
    bad: list[BadLine] = field(default_factory=list)


class _Bar:
    """A progress bar by the file's bytes, on a terminal; nothing elsewhere."""

    def __init__(self, screen: Screen, file: BinaryIO) -> None:
        size = os.fstat(file.fileno()).st_size if file.seekable() else 0
        self._file = file if size else None
        self._progress = Progress(
            TextColumn("{task.fields[told]}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(),
            console=screen.about,
            disable=not screen.about.is_terminal,
            transient=True,
        )
        self._task = self._progress.add_task("", total=size or None, told="")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def move(self, tally: _Tally) -> None:
        """Show how far it is."""
        told = f"{tally.created + tally.existing} done" + (f", {len(tally.bad)} bad" if tally.bad else "")
        self._progress.update(self._task, completed=self._file.tell() if self._file else 0, told=told)

    def stop(self) -> None:
        """Take the bar away."""
        self._progress.stop()
