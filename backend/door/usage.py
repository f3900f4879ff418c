"""What can be said to RUN.sh. Anything else ends with exit code 2 and the usage on standard error."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, NoReturn, assert_never

from wire.environment import LOOPBACK

type Name = Literal["test", "check", "fmt", "schema", "bench", "soak", "doctor"]

_TEXT: Final = """\
usage: ./RUN.sh [--workers|-w N] [--host H] [--port P] [--dev]
       ./RUN.sh test [pytest arguments]
       ./RUN.sh bench [NAME [its arguments]]
       ./RUN.sh soak NAME [its arguments]
       ./RUN.sh doctor [--json]
       ./RUN.sh check | fmt | schema | --help

Sets up what is missing and starts Zonda: backend, ventilator, sink and N workers. Ctrl-C stops it.

  -w N, --workers N   worker processes, 0 or more (default 1)
  --host H            loopback address to serve on (default 127.0.0.1)
  --port P            port to serve on (default 8000)
  --dev               restart on changed Python files, page from Vite with hot reload

  test                every test; with pytest arguments, only what they choose
  bench               how fast it is and what it costs: flow, idle, backlog, live, page, or each
  soak                long proofs: chaos, fuzz, simulation, syscalls; --help after a name tells its options
  doctor              what holds of the record, and what is wrong with it; also while Zonda runs
  check               formatting, lint, types, import direction, migrations, GraphQL schema
  fmt                 format the sources
  schema              write backend/api/schema.graphql and the page's types from the code
"""
_COMMANDS: Final[tuple[Name, ...]] = ("test", "check", "fmt", "schema", "bench", "soak", "doctor")


@dataclass(frozen=True, slots=True)
class Start:
    """Start Zonda and stay until it is stopped."""

    workers: int
    host: str
    port: int
    dev: bool


@dataclass(frozen=True, slots=True)
class Command:
    """Do one thing and end; only `test`, `bench`, `soak` and `doctor` have arguments."""

    name: Name
    arguments: tuple[str, ...] = ()


def parse(arguments: Sequence[str]) -> Start | Command:
    """What these arguments ask for; ends the process with 2 (usage on standard error) or, for --help, with 0."""
    if arguments and (name := _command(arguments[0])):
        return _given(name, tuple(arguments[1:]))
    return _start(arguments)


def arguments_of(start: Start) -> list[str]:
    """The arguments that `parse` reads as this start."""
    dev = ["--dev"] if start.dev else []
    return ["--workers", str(start.workers), "--host", start.host, "--port", str(start.port), *dev]


def refuse(why: str) -> NoReturn:
    """Say what is wrong with the arguments and how they should be, and end with 2."""
    sys.stderr.write(f"{_TEXT}\n./RUN.sh: {why}\n")
    raise SystemExit(2)


def in_use(home: Path, holder: int) -> str:
    """The refusal of a second Zonda on one home."""
    return f"Zonda already runs on {home} as process {holder}; stop that one, or choose another ZONDA_HOME"


def _given(name: Name, rest: tuple[str, ...]) -> Command:
    """That command with what follows its name."""
    if rest == ("--help",) and name not in ("test", "bench"):
        _help()
    match name:
        case "soak":
            if not rest or rest[0].startswith("-"):
                refuse("soak needs the name of what to run, as in: ./RUN.sh soak syscalls --help")
        case "doctor":
            if rest not in ((), ("--json",)):
                refuse(f"doctor takes only --json, got {' '.join(rest)}")
        case "check" | "fmt" | "schema":
            if rest:
                refuse(f"{name} takes no arguments, got {' '.join(rest)}")
        case "test" | "bench":
            pass
        case _:
            assert_never(name)
    return Command(name, rest)


def _command(word: str) -> Name | None:
    return next((name for name in _COMMANDS if name == word), None)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        refuse(message)


def _start(arguments: Sequence[str]) -> Start:
    parser = _Parser(add_help=False, allow_abbrev=False)
    parser.add_argument("-h", "--help", action="store_true")
    parser.add_argument("-w", "--workers", type=_count, default=1)
    parser.add_argument("--host", type=_loopback, default="127.0.0.1")
    parser.add_argument("--port", type=_port, default=8000)
    parser.add_argument("--dev", action="store_true")
    parser.add_argument("unknown", nargs="*")
    chosen = parser.parse_args(arguments)
    if chosen.help:
        _help()
    if chosen.unknown:
        refuse(f"unknown command {chosen.unknown[0]}")
    return Start(workers=chosen.workers, host=chosen.host, port=chosen.port, dev=chosen.dev)


def _help() -> NoReturn:
    sys.stdout.write(_TEXT)
    raise SystemExit(0)


def _count(text: str) -> int:
    return _whole(text, 0, 1000)


def _port(text: str) -> int:
    return _whole(text, 1, 65535)


def _whole(text: str, least: int, most: int) -> int:
    if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least} to {most}")
    return int(text)


def _loopback(text: str) -> str:
    if text not in LOOPBACK:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not one of {', '.join(LOOPBACK)}; with ZONDA_AUTH=local, without a login, no other will do"
        )
    return text
