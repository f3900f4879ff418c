"""Runs what the command line says, and turns whatever happens into words and an exit code."""

import os
import sys
from collections.abc import Sequence

import msgspec

from client.client import Client
from client.command.command import WrongUse
from client.command.exits import Exit
from client.command.screen import Screen
from client.command.usage import parse
from client.errors import BadAddress, ClientError, NotDone, Refused, Unavailable


def main(arguments: Sequence[str]) -> int:
    """Do what the arguments ask for; the exit code."""
    said, parser = parse(arguments)
    screen = Screen(as_json=said.as_json)
    try:
        with Client(said.url, patience=said.patience) as client:
            return said.command.run(client, screen)
    except (WrongUse, BadAddress) as error:
        parser.error(str(error))
    except ClientError as error:
        code, exit_code = _meaning(error)
        _complain(screen, code, error)
        return exit_code
    except KeyboardInterrupt:
        screen.tell("interrupted")
        return Exit.INTERRUPTED
    except BrokenPipeError:
        # Nobody reads any more. What Python would still flush at its end must not complain either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.PIPE_CLOSED


def _meaning(error: ClientError) -> tuple[str, Exit]:
    match error:
        case Refused(code=code):
            return code, Exit.REFUSED
        case Unavailable():
            return "UNAVAILABLE", Exit.UNAVAILABLE
        case NotDone():
            return "NOT_DONE", Exit.NOT_DONE
    return "FAILED", Exit.FAILED


def _complain(screen: Screen, code: str, error: ClientError) -> None:
    if screen.as_json:
        details = error.details if isinstance(error, Refused) else {}
        screen.tell(msgspec.json.encode({"error": {**details, "code": code, "message": str(error)}}).decode())
    else:
        screen.tell(f"{code}: {error}" if isinstance(error, Refused) else str(error))
