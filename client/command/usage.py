"""What can be said to `python -m client`. Anything else ends with exit code 2 and the usage on standard error."""

import argparse
from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from client.client import DEFAULT_URL, PATIENCE
from client.command import exits
from client.command.arguments import seconds
from client.command.bulk import Cancel, Delete, Retry
from client.command.command import Command
from client.command.fleet import Drain, Pause, Queues, Resume, Types, Workers
from client.command.importing import Import
from client.command.tasks import Create, List, Log, Result, StatusOf, Wait

COMMANDS: Final[Mapping[str, type[Command]]] = {
    "create": Create,
    "status": StatusOf,
    "result": Result,
    "wait": Wait,
    "log": Log,
    "list": List,
    "retry": Retry,
    "cancel": Cancel,
    "delete": Delete,
    "import": Import,
    "queues": Queues,
    "pause": Pause,
    "resume": Resume,
    "workers": Workers,
    "drain": Drain,
    "types": Types,
}


class Said(Struct, frozen=True):
    """What the command line says."""

    command: Command
    url: str | None
    as_json: bool
    patience: float


def parse(arguments: Sequence[str]) -> tuple[Said, argparse.ArgumentParser]:
    """What these arguments ask for, and the parser that knows how they should be.

    Ends the process with 2 (usage on standard error) or, for --help, with 0.
    """
    first = _parser(None)
    first.add_argument("command", choices=COMMANDS, metavar="COMMAND")
    first.add_argument("rest", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    found = first.parse_args(arguments)
    kind = COMMANDS[found.command]
    parser = _parser(found.command)
    kind.declare(parser)
    # Options may stand between the arguments of a task: `create add --queue mail 1 2`.
    told = vars(parser.parse_intermixed_args(found.rest))
    shared = {name: told.pop(name, getattr(found, name, None)) for name in ("url", "json", "patience")}
    patience = PATIENCE if shared["patience"] is None else shared["patience"]
    return Said(kind(**told), shared["url"], bool(shared["json"]), patience), parser


def _parser(command: str | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python -m client {command or ''}".rstrip(),
        description=_text() if command is None else _summary(COMMANDS[command]),
        epilog=exits.TEXT if command is None else None,
        formatter_class=argparse.RawDescriptionHelpFormatter if command is None else argparse.HelpFormatter,
        allow_abbrev=False,
    )
    # Absent rather than None: they may be said before the command and after it.
    parser.add_argument(
        "--url", default=argparse.SUPPRESS, help=f"GraphQL address (default: $ZONDA_GRAPHQL_URL, else {DEFAULT_URL})"
    )
    parser.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print JSON, errors too")
    parser.add_argument(
        "--patience",
        type=seconds,
        metavar="SECONDS",
        default=argparse.SUPPRESS,
        help=f"go on trying for so long while nobody answers (default {PATIENCE:.0f})",
    )
    return parser


def _text() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:{width}}  {_summary(kind)}" for name, kind in COMMANDS.items()]
    return "\n".join(["Creates tasks and asks after them. COMMAND --help says more of each:", "", *lines])


def _summary(kind: type[Command]) -> str:
    return (kind.__doc__ or "").partition("\n")[0]
