"""The relay that stands between the processes of a besieged Zonda does what it is told, and nothing else."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.support.links import Link, free_ports

AT_ONCE = 2.0
"""Seconds; on a machine that does other things too."""

A_WHILE = 0.3


class Ends:
    """A link, and pairs of connections through it."""

    def __init__(self, stack: ExitStack) -> None:
        here = free_ports(2)
        self._listener = stack.enter_context(socket.create_server(("127.0.0.1", here + 1)))
        self.link = stack.enter_context(Link({here: here + 1}))
        self._here, self._stack = here, stack

    def pair(self) -> tuple[socket.socket, socket.socket]:
        """Both ends of a new connection."""
        one = self._stack.enter_context(socket.create_connection(("127.0.0.1", self._here)))
        other = self._stack.enter_context(self._listener.accept()[0])
        one.settimeout(AT_ONCE)
        other.settimeout(AT_ONCE)
        return one, other


@pytest.fixture
def ends() -> Iterator[Ends]:
    with ExitStack() as stack:
        yield Ends(stack)


def passes(one: socket.socket, other: socket.socket) -> bool:
    one.sendall(b"hello")
    try:
        return other.recv(5, socket.MSG_WAITALL) == b"hello"
    except TimeoutError:
        return False


def test_a_half_open_connection_carries_nothing_and_nobody_is_told_while_new_ones_pass(ends: Ends) -> None:
    one, other = ends.pair()
    assert passes(one, other)

    assert ends.link.half_open() == 1
    other.settimeout(A_WHILE)
    assert not passes(one, other)
    one.close()
    with pytest.raises(TimeoutError):
        other.recv(1)

    assert passes(*ends.pair())


def test_what_is_paused_comes_when_it_goes_on(ends: Ends) -> None:
    one, other = ends.pair()

    with ends.link.cut():
        other.settimeout(A_WHILE)
        assert not passes(one, other)

    other.settimeout(AT_ONCE)
    assert other.recv(5) == b"hello"


def test_one_way_alone_can_be_paused(ends: Ends) -> None:
    one, other = ends.pair()

    with ends.link.cut("there"):
        other.settimeout(A_WHILE)
        assert not passes(one, other)
        assert passes(other, one)
    with ends.link.cut("back"):
        other.settimeout(AT_ONCE)
        assert other.recv(5) == b"hello"
        assert passes(one, other)
        one.settimeout(A_WHILE)
        assert not passes(other, one)


def test_a_reset_ends_what_there_is_and_nothing_after_it(ends: Ends) -> None:
    one, other = ends.pair()
    assert passes(one, other)

    assert ends.link.reset() == 1

    assert ended(one)
    assert ended(other)
    assert passes(*ends.pair())


def test_a_connection_is_cut_in_the_middle_when_so_many_bytes_have_passed(ends: Ends) -> None:
    one, other = ends.pair()
    assert passes(one, other)

    ends.link.reset_after(3)
    one.sendall(b"hello")

    assert other.recv(5, socket.MSG_WAITALL) == b"hel"
    assert ended(one)


def test_what_is_delayed_comes_so_much_later_and_what_is_throttled_by_and_by(ends: Ends) -> None:
    one, other = ends.pair()

    with ends.link.delayed(A_WHILE):
        began = time.monotonic()
        assert passes(one, other)
        assert time.monotonic() - began >= A_WHILE
    with ends.link.throttled(50.0):
        began = time.monotonic()
        one.sendall(b"x" * 20)
        assert other.recv(20, socket.MSG_WAITALL) == b"x" * 20
        assert time.monotonic() - began >= 0.4


def ended(end: socket.socket) -> bool:
    try:
        return end.recv(1) == b""
    except ConnectionResetError:
        return True
