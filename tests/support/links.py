"""Connections between processes that a test can disturb as bad networks do.

As a program it relays ports of the loopback to others: `python -m tests.support.links 4001:5001 4002:5002`. It obeys
the lines on its standard input, which `Link` writes, and answers each with a number; it ends when that is closed.
"""

import asyncio
import random
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Final, Literal, Self

from tests.support.stack import ROOT
from tests.support.waiting import wait_until

_PIECE: Final = 64 * 1024

type Way = Literal["there", "back"]
"""From whoever has connected to whom it is relayed to, or the other way."""

_BOTH: Final[tuple[Way, ...]] = ("there", "back")

_GIVEN_BY_CHANCE: Final = 32_768
"""Linux's first port for who asks for any."""


class Link:
    """Relays these ports, each to another one, in a process of its own.

    What it is told holds for all of its ports.
    """

    def __init__(self, ports: Mapping[int, int]) -> None:
        self._ports = ports

    def __enter__(self) -> Self:
        pairs = [f"{here}:{there}" for here, there in self._ports.items()]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.links", *pairs],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        wait_until(lambda: not any(map(_is_free, self._ports)), 15, "the relay listens")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    @contextmanager
    def cut(self, *ways: Way) -> Iterator[None]:
        """Inside nothing passes, both ways unless one is named, and nothing is closed either."""
        self.pause(*ways)
        try:
            yield
        finally:
            self.resume()

    def pause(self, *ways: Way) -> None:
        """Nothing passes, of new connections neither; nothing is closed. Both ways, unless one is named."""
        self._tell(f"pause {' '.join(ways or _BOTH)}")

    def resume(self) -> None:
        """What was paused passes again, with all that has come meanwhile. What is half-open stays so."""
        self._tell("resume")

    def half_open(self) -> int:
        """Nothing more passes on the connections that there are, and no end is told; how many. New ones pass."""
        return self._tell("half-open")

    def reset(self) -> int:
        """Close every connection at once, with what is underway lost; how many there were. New ones are taken."""
        return self._tell("reset")

    def reset_after(self, number: int) -> None:
        """Reset each connection that there is when so many bytes more have passed on it, in the middle of a frame."""
        self._tell(f"reset-after {number}")

    @contextmanager
    def delayed(self, seconds: float) -> Iterator[None]:
        """Inside everything passes so much later, at most twice as much, in order."""
        self._tell(f"delay {seconds}")
        try:
            yield
        finally:
            self._tell("delay 0")

    @contextmanager
    def throttled(self, rate: float) -> Iterator[None]:
        """Inside each direction of a connection passes so many bytes a second."""
        self._tell(f"throttle {rate}")
        try:
            yield
        finally:
            self._tell("throttle 0")

    def _tell(self, line: str) -> int:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


def free_ports(count: int) -> int:
    """The first of so many ports in a row that nobody listened on a moment ago.

    They are below those that the system gives to whoever connects: none of them is taken by chance meanwhile.
    """
    for _ in range(50):
        first = random.randrange(10_000, _GIVEN_BY_CHANCE - count)
        if all(_is_free(port) for port in range(first, first + count)):
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


class _Connection:
    """One relayed connection: both of its ends, and what has been done to it."""

    def __init__(self, *ends: asyncio.StreamWriter) -> None:
        self._ends = ends
        self.carries = True
        self.left: int | None = None
        """Bytes until it is reset; None for never."""
        self.over = asyncio.Event()

    def reset(self) -> None:
        self.over.set()
        for end in self._ends:
            end.transport.abort()


class _Relay:
    def __init__(self) -> None:
        self._connections: set[_Connection] = set()
        self._flows: dict[str, asyncio.Event] = {way: asyncio.Event() for way in _BOTH}
        self.obey("resume")
        self._delay = 0.0
        self._rate = 0.0

    async def listen(self, here: int, there: int) -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._serve(there, reader, writer)

        await asyncio.start_server(serve, "127.0.0.1", here)

    def obey(self, line: str) -> int:
        """How many connections it was done to, where that is of interest."""
        order, _, rest = line.partition(" ")
        match order:
            case "pause":
                for way in rest.split():
                    self._flows[way].clear()
            case "resume":
                for flows in self._flows.values():
                    flows.set()
            case "half-open":
                return self._to_all(lambda one: setattr(one, "carries", False))
            case "reset":
                return self._to_all(_Connection.reset)
            case "reset-after":
                return self._to_all(lambda one: setattr(one, "left", int(rest)))
            case "delay":
                self._delay = float(rest)
            case "throttle":
                self._rate = float(rest)
        return 0

    def _to_all(self, do: Callable[[_Connection], object]) -> int:
        there = [one for one in self._connections if one.carries]
        for one in there:
            do(one)
        return len(there)

    async def _serve(self, there: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._flows["there"].wait()
        try:
            further, back = await asyncio.open_connection("127.0.0.1", there)
        except OSError:
            writer.close()
            return
        one = _Connection(writer, back)
        self._connections.add(one)
        ways = ((self._flows["there"], reader, back), (self._flows["back"], further, writer))
        passing = [asyncio.create_task(self._pass_on(one, *way)) for way in ways]
        await asyncio.wait(passing, return_when=asyncio.FIRST_COMPLETED)
        for task in passing:
            task.cancel()
        for end in (writer, back):
            end.close()
        self._connections.discard(one)

    async def _pass_on(
        self, one: _Connection, flows: asyncio.Event, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with suppress(OSError):
            while True:
                piece = await reader.read(_PIECE)
                await flows.wait()
                await asyncio.sleep(self._delay + (len(piece) / self._rate if self._rate else 0.0))
                if not one.carries:
                    # For ever: neither what comes now passes, nor that the other end is gone.
                    await one.over.wait()
                    return
                if one.left is not None:
                    piece, one.left = piece[: one.left], one.left - len(piece)
                writer.write(piece)
                await writer.drain()
                if not piece or (one.left is not None and one.left <= 0):
                    return


async def _run(pairs: list[tuple[int, int]]) -> None:
    relay = _Relay()
    for here, there in pairs:
        await relay.listen(here, there)
    while line := await asyncio.to_thread(sys.stdin.readline):
        sys.stdout.write(f"{relay.obey(line.strip())}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(_run([(int(here), int(there)) for here, there in (pair.split(":") for pair in sys.argv[1:])]))
