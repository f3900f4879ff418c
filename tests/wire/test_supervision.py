import os
import socket
import subprocess
import sys

import pytest

from wire import supervision


@pytest.fixture
def channel(monkeypatch):
    ours, theirs = socket.socketpair()
    monkeypatch.setenv(supervision.VARIABLE, str(theirs.detach()))
    yield ours
    ours.close()


@pytest.fixture
def supervised(channel):
    found = supervision.from_environment()
    assert isinstance(found, supervision.Supervised)
    yield found
    found._channel.close()


def test_ready_is_said_once(channel, supervised):
    supervised.ready()
    supervised.ready()

    assert channel.recv(100) == supervision.READY


def test_the_variable_is_taken_out_of_the_environment(supervised):
    assert supervision.VARIABLE not in os.environ


def test_the_lifeline_tells_that_the_supervisor_is_gone(channel, supervised):
    before = supervised.gone()
    channel.close()

    assert not before
    assert supervised.gone()


def test_saying_ready_to_a_supervisor_that_is_gone_changes_nothing(channel, supervised):
    channel.close()

    supervised.ready()


def test_a_process_further_down_does_not_hold_the_channel(channel, supervised):
    further_down = subprocess.run(
        [sys.executable, "-c", f"import os; os.fstat({supervised.fileno()})"],
        close_fds=False,
        capture_output=True,
        check=False,
    )

    assert b"Bad file descriptor" in further_down.stderr


@pytest.mark.parametrize("blank", [None, "", " "], ids=repr)
def test_a_process_that_was_started_alone_is_never_told_to_end(monkeypatch, blank):
    if blank is None:
        monkeypatch.delenv(supervision.VARIABLE, raising=False)
    else:
        monkeypatch.setenv(supervision.VARIABLE, blank)

    alone = supervision.from_environment()
    alone.ready()

    assert alone.fileno() == -1
    assert not alone.gone()
