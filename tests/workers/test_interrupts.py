"""What a child hears in the middle of its work. In this process: the signal is really sent."""

import os
import signal
import threading
from collections.abc import Iterator

import pytest

from workers.channel import encode_interrupt
from workers.interrupts import Interrupts
from workers.signals import INTERRUPT
from workers.why import Why


class Told(BaseException):
    pass


class Heard:
    def __init__(self) -> None:
        self.told: list[Why] = []
        self.threads: set[threading.Thread] = set()
        self.raises = False
        reading, self._writing = os.pipe()
        self.reading = reading
        self.interrupts = Interrupts(reading, self._hear)

    def _hear(self, why: Why) -> None:
        self.told.append(why)
        self.threads.add(threading.current_thread())
        if self.raises:
            raise Told

    def sends(self, fence: int, why: Why = Why.CANCEL) -> None:
        os.write(self._writing, encode_interrupt(fence, why))
        os.kill(os.getpid(), INTERRUPT)

    def close(self) -> None:
        os.close(self.reading)
        os.close(self._writing)


@pytest.fixture
def heard() -> Iterator[Heard]:
    before = signal.getsignal(INTERRUPT)
    heard = Heard()
    yield heard
    signal.signal(INTERRUPT, before)
    heard.close()


def test_what_runs_hears_what_is_meant_for_it(heard):
    with heard.interrupts.meant_for(7):
        heard.sends(7, Why.TIMEOUT)

    assert heard.told == [Why.TIMEOUT]


def test_nobody_hears_what_is_meant_for_another_or_comes_late(heard):
    with heard.interrupts.meant_for(7):
        heard.sends(6)
    heard.sends(7)
    with heard.interrupts.meant_for(8):
        pass

    assert heard.told == []


def test_what_comes_before_its_run_is_heard_at_its_beginning(heard):
    heard.sends(7)

    with heard.interrupts.meant_for(7):
        assert heard.told == [Why.CANCEL]


def test_a_signal_of_somebody_elses_means_nothing(heard):
    with heard.interrupts.meant_for(7):
        os.kill(os.getpid(), INTERRUPT)

    assert heard.told == []


def test_what_is_done_whole_is_not_interrupted_and_its_end_is(heard):
    heard.raises = True
    steps = []

    def work() -> None:
        with heard.interrupts.held_back():
            heard.sends(7)
            steps.append("whole")
        steps.append("never")

    with heard.interrupts.meant_for(7), pytest.raises(Told):
        work()

    assert steps == ["whole"]
    assert heard.told == [Why.CANCEL]


def test_another_thread_that_does_something_whole_neither_hears_nor_holds_back(heard):
    inside, leave = threading.Event(), threading.Event()

    def whole() -> None:
        with heard.interrupts.held_back():
            inside.set()
            leave.wait(5)

    thread = threading.Thread(target=whole)
    with heard.interrupts.meant_for(7):
        thread.start()
        inside.wait(5)
        heard.sends(7)
        assert heard.told == [Why.CANCEL]
        leave.set()
        thread.join()

    assert heard.threads == {threading.main_thread()}


def test_the_signal_is_heard_again_whatever_was_done_to_it(heard):
    signal.signal(INTERRUPT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, [INTERRUPT])

    heard.interrupts.listen()

    with heard.interrupts.meant_for(7):
        heard.sends(7)
    assert heard.told == [Why.CANCEL]
