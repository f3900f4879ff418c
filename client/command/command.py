"""What every command is: what it may be told, and what it does."""

from argparse import ArgumentParser
from typing import Protocol

from client.client import Client
from client.command.exits import Exit
from client.command.screen import Screen


class WrongUse(Exception):
    """The words of the command line do not fit together; ends with exit code 2."""


class Command(Protocol):
    """One command. Its fields are what the parser finds; the first line of its docstring stands in --help."""

    @staticmethod
    def declare(parser: ArgumentParser) -> None:
        """Tell the parser what may be said."""

    def run(self, client: Client, screen: Screen) -> Exit:
        """Do it."""
