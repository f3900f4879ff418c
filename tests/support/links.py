"""Connections between processes that a test can cut without either end being told.

As a program it relays ports of the loopback to others: `python -m tests.support.links 4001:5001 4002:5002`.
"""

import asyncio
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Self

from tests.support.stack import ROOT
from tests.support.waiting import wait_until

_PIECE = 64 * 1024


class Link:
    """Relays these ports, each to another one, in a process of its own."""

    def __init__(self, ports: Mapping[int, int]) -> None:
        self._ports = ports

    def __enter__(self) -> Self:
        pairs = [f"{here}:{there}" for here, there in self._ports.items()]
        self._process = subprocess.Popen([sys.executable, "-m", "tests.support.links", *pairs], cwd=ROOT)
        wait_until(lambda: not any(map(_is_free, self._ports)), 15, "the relay listens")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()

    @contextmanager
    def cut(self) -> Iterator[None]:
        """Inside nothing passes, and nothing is closed either: the relay stands still."""
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)


def free_ports(count: int) -> int:
    """The first of so many ports in a row that nobody listened on a moment ago."""
    for _ in range(50):
        with socket.socket() as asked:
            asked.bind(("127.0.0.1", 0))
            first = int(asked.getsockname()[1])
        if first + count < 65000 and all(_is_free(port) for port in range(first, first + count)):
            return first
    raise AssertionError(f"no {count} free ports in a row")


def _is_free(port: int) -> bool:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


async def _relay(pairs: list[tuple[int, int]]) -> None:
    async def serve(there: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            further, back = await asyncio.open_connection("127.0.0.1", there)
        except OSError:
            writer.close()
            return
        passing = [asyncio.create_task(_pass_on(reader, back)), asyncio.create_task(_pass_on(further, writer))]
        await asyncio.wait(passing, return_when=asyncio.FIRST_COMPLETED)
        for one in passing:
            one.cancel()
        for end in (writer, back):
            end.close()

    for here, there in pairs:
        await asyncio.start_server(lambda *ends, there=there: serve(there, *ends), "127.0.0.1", here)
    await asyncio.Event().wait()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while piece := await reader.read(_PIECE):
            writer.write(piece)
            await writer.drain()


if __name__ == "__main__":
    asyncio.run(_relay([(int(here), int(there)) for here, there in (pair.split(":") for pair in sys.argv[1:])]))
