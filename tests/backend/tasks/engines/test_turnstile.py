"""Who may write next: by the order of events, without a database."""

import _thread
import errno
import fcntl
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext, suppress
from functools import partial
from pathlib import Path
from threading import Event
from types import FrameType
from unittest.mock import Mock

import pytest

from backend.tasks import unreachable
from backend.tasks.engines import turnstile as turnstiles
from backend.tasks.engines.sqlite import SQLite
from backend.tasks.engines.turnstile import NoLock, NoThread, NoTurn
from tests.support.locks import is_held
from tests.support.waiting import wait_until


class Turnstile(SQLite):
    """The engine beside a file of its own: its turns need nothing else of a database."""

    def __init__(self, name: Path) -> None:
        super().__init__()
        self.name = name

    @property
    def _connection(self):
        turnstile = self

        class Connection:
            settings_dict = {"NAME": turnstile.name}

        return Connection()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Have the turn inside."""
        self.take_turn()
        try:
            yield
        finally:
            self.let_go()


@pytest.fixture
def turnstile(tmp_path):
    found = Turnstile(tmp_path / "record")
    yield found
    found.close()


def _somebody_waits(turnstile: Turnstile) -> bool:
    """Whether a writer stands between the two locks."""
    return is_held(f"{turnstile.name}-next")


def test_beside_a_bulk_writer_a_single_write_waits_for_one_batch(turnstile):
    wrote: list[str] = []

    def single() -> None:
        with turnstile.turn():
            wrote.append("single")

    with ThreadPoolExecutor(1) as other:
        for batch in range(5):
            with turnstile.turn():
                wrote.append(f"batch {batch}")
                done = other.submit(single)
                wait_until(lambda: _somebody_waits(turnstile), 10, "the single write waits for its turn")
            # The bulk writer asks again at once, before the other thread has even been woken.
            with turnstile.turn():
                wrote.append("next batch")
            done.result(10)

    assert wrote == [line for batch in range(5) for line in (f"batch {batch}", "single", "next batch")]


def test_threads_exclude_each_other(turnstile):
    inside = 0
    most = 0

    def write() -> None:
        nonlocal inside, most
        for _ in range(50):
            with turnstile.turn():
                inside += 1
                most = max(most, inside)
                os.sched_yield()
                inside -= 1

    with ThreadPoolExecutor(4) as threads:
        for done in [threads.submit(write) for _ in range(4)]:
            done.result(60)

    assert most == 1


def test_a_writer_that_fails_gives_up_its_turn(turnstile):
    with pytest.raises(ZeroDivisionError), turnstile.turn():
        raise ZeroDivisionError

    with ThreadPoolExecutor(1) as other:
        other.submit(turnstile.take_turn).result(10)


@pytest.mark.parametrize("lock", ["next", "now"])
def test_a_holder_that_is_killed_stops_nobody(turnstile, lock):
    with _held(turnstile, lock) as holder:
        entered = Event()

        def write() -> None:
            with turnstile.turn():
                entered.set()

        with ThreadPoolExecutor(1) as other:
            done = other.submit(write)
            if lock == "now":
                wait_until(lambda: _somebody_waits(turnstile), 10, "the write waits for its turn")
            assert not entered.is_set()
            holder.send_signal(signal.SIGKILL)
            done.result(10)

    assert entered.is_set()


def test_who_waits_too_long_gives_up_and_leaves_no_turn_taken_behind(turnstile, monkeypatch):
    start = Mock(wraps=_thread.start_new_thread)
    monkeypatch.setattr(_thread, "start_new_thread", start)
    with _held(turnstile, "now") as holder:
        for _ in range(3):
            with pytest.raises(NoTurn, match=r"over 0\.05 s"), _turns(turnstile, 0.05):
                raise AssertionError("it is not our turn")
        holder.send_signal(signal.SIGKILL)
        holder.wait()

    assert start.call_count == 1, "one stands in the queue, however often it was given up"
    wait_until(lambda: _is_free(turnstile), 10, "who stood in the queue has left it")
    with ThreadPoolExecutor(1) as other, turnstile.turn():
        assert other.submit(_taken, turnstile).result(10)
    assert not _taken(turnstile)


def test_who_gave_up_has_the_place_in_the_queue_when_it_asks_again(turnstile):
    with ThreadPoolExecutor(1) as other, _held(turnstile, "now") as holder:
        with pytest.raises(NoTurn), _turns(turnstile, 0.05):
            raise AssertionError("it is not our turn")
        entered = Event()
        done = other.submit(_enter, turnstile, entered)
        threading.Timer(0.1, holder.kill).start()

        with turnstile.turn():
            assert not entered.is_set()
        done.result(10)

    assert entered.is_set()


@pytest.mark.parametrize("contended", [False, True])
def test_a_turn_that_is_interrupted_at_any_step_is_let_go_of(tmp_path, contended):
    """Whoever is interrupted while letting go does so when it is told to again, as a child is after each task."""
    step = 0
    where: str | None = ""
    while where is not None:
        turnstile = Turnstile(tmp_path / "record")
        with turnstile.turn():
            pass
        turnstile.close()
        with _held_here(turnstile) if contended else nullcontext():
            where = _interrupted(step, turnstile)
            if where != "let_go" and not contended:
                assert not _taken(turnstile), f"step {step}, in {where}"
                assert not _somebody_waits(turnstile), f"step {step}, in {where}"
            turnstile.let_go()
        free = partial(_is_free, turnstile)
        wait_until(free, 10, f"it is let go of after an interruption at step {step}, in {where}")
        with turnstile.turn():
            assert _taken(turnstile)
        assert not _taken(turnstile)
        turnstile.close()
        step += 1

    assert step > 10, "few steps were made"


def test_where_no_thread_can_be_started_no_turn_is_left_taken(turnstile, monkeypatch):
    with _held_here(turnstile), monkeypatch.context() as patch:
        patch.setattr(_thread, "start_new_thread", _no_thread)
        with pytest.raises(NoThread, match="no thread can be started") as told, turnstile.turn():
            raise AssertionError("it is not our turn")

    assert isinstance(told.value, unreachable.AWAY), "who asked is told to ask again"
    assert not _somebody_waits(turnstile)
    with turnstile.turn():
        assert _taken(turnstile)


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("error", [errno.ENOLCK, errno.EIO], ids=errno.errorcode.get)
def test_where_a_lock_fails_no_turn_is_left_taken(turnstile, monkeypatch, number, error):
    """Whichever it is of those that a turn takes and gives back; the turn that comes after it comes."""
    failed = _failing(monkeypatch, number, error, lambda how: True)
    # Some of them are needed for the turn, and some only to give it back: the turn after it is what is tested.
    with suppress(NoLock), turnstile.turn():
        pass
    monkeypatch.undo()

    assert failed.is_set()
    assert _is_free(turnstile)
    with turnstile.turn():
        assert _taken(turnstile)
    assert _is_free(turnstile)


@pytest.mark.parametrize(("which", "number"), [("next", 0), ("now", 0), ("now", 1)])
def test_whoever_waits_for_a_lock_that_fails_is_told_and_leaves_the_queue(turnstile, monkeypatch, which, number):
    """I.e. while the other thread waits for the lock of who comes next, of who is there, or gives the former back."""
    wait = (lambda how: how == fcntl.LOCK_EX) if number == 0 else (lambda how: how in (fcntl.LOCK_EX, fcntl.LOCK_UN))
    with _held(turnstile, which) as holder:
        failed = _failing(monkeypatch, number, errno.ENOLCK, wait, before=holder.kill)
        with pytest.raises(NoLock, match="No locks available") as told, _turns(turnstile, 30.0):
            raise AssertionError("it is not our turn")
    monkeypatch.undo()

    assert failed.is_set()
    assert isinstance(told.value, unreachable.AWAY), "who asked is told to ask again"
    assert _is_free(turnstile)
    with ThreadPoolExecutor(1) as other, _turns(turnstile, 1.0):
        assert other.submit(_taken, turnstile).result(10)


def test_who_gave_up_waiting_for_a_lock_that_fails_then_takes_the_next_turn(turnstile, monkeypatch):
    gate = Event()
    with _held(turnstile, "now"):
        failed = _failing(monkeypatch, 0, errno.ENOLCK, lambda how: how == fcntl.LOCK_EX, before=lambda: gate.wait(20))
        with pytest.raises(NoTurn), _turns(turnstile, 0.05):
            raise AssertionError("it is not our turn")
        gate.set()
        assert failed.wait(10)
    monkeypatch.undo()

    wait_until(lambda: _is_free(turnstile), 10, "who stood in the queue has left it")
    with _turns(turnstile, 1.0):
        assert _taken(turnstile)


def _failing(
    patch: pytest.MonkeyPatch,
    number: int,
    error: int,
    of: Callable[[int], bool],
    *,
    before: Callable[[], object] = lambda: None,
) -> Event:
    """The one of these calls with that number fails; `before` is called before each of them. Set when it has failed."""
    flock, left, failed = fcntl.flock, iter(range(1000)), Event()

    def fail(descriptor: int, how: int) -> None:
        if of(how):
            before()
            if next(left) == number:
                failed.set()
                raise OSError(error, os.strerror(error))
        flock(descriptor, how)

    patch.setattr(fcntl, "flock", fail)
    return failed


def test_a_thread_that_ends_leaves_no_open_file(turnstile):
    def turn() -> set[str]:
        with turnstile.turn():
            return _open_files(turnstile)

    for _ in range(3):
        with ThreadPoolExecutor(1) as thread:
            assert len(thread.submit(turn).result(10)) == 2

    assert not _open_files(turnstile)


def test_the_files_are_their_owners_alone(turnstile):
    with turnstile.turn():
        modes = {path.name: path.stat().st_mode & 0o777 for path in turnstile.name.parent.iterdir()}

    assert modes == {"record-next": 0o600, "record-now": 0o600}


class _Interruption(BaseException):
    """As one is raised in a task function."""


def _interrupted(step: int, turnstile: Turnstile) -> str | None:
    """Take a turn, and be interrupted after so many steps of its code; in which function, None when it had fewer.

    Python raises what a signal's handler raises as a function begins, and when a call of one in C has returned.
    """
    where: str | None = None
    left = step

    def step_made(frame: FrameType, event: str, _: object) -> None:
        nonlocal left, where
        ours = frame.f_code.co_filename in (turnstiles.__file__, threading.__file__)
        if not ours or event not in ("call", "c_return"):
            return
        within = [one.f_code.co_name for one in _outward(frame)]
        if "_close" in within:
            # What is raised while something is being freed goes no further.
            return
        if left == 0:
            where = "let_go" if "let_go" in within else within[0]
            raise _Interruption
        left -= 1

    sys.setprofile(step_made)
    try:
        with _turns(turnstile, 0.01):
            pass
    except (NoTurn, _Interruption):
        pass
    except RuntimeError:
        # Of a lock of `threading`, when one of its own steps is interrupted.
        assert where is not None
    finally:
        sys.setprofile(None)
    return where


def _outward(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def _no_thread(*_: object) -> None:
    raise RuntimeError("can't start new thread")


@contextmanager
def _held_here(turnstile: Turnstile) -> Iterator[None]:
    """Somebody else has the turn."""
    with turnstile.turn():
        pass
    with Path(f"{turnstile.name}-now").open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def _held(turnstile: Turnstile, lock: str) -> Iterator["subprocess.Popen[str]"]:
    """Another process has one of the two locks."""
    with turnstile.turn():
        pass
    code = "import fcntl, sys; file = open(sys.argv[1]); fcntl.flock(file, 2); print('held', flush=True); input()"
    command = [sys.executable, "-c", code, f"{turnstile.name}-{lock}"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == "held"
        yield holder
        holder.kill()


@contextmanager
def _turns(turnstile: Turnstile, within: float) -> Iterator[None]:
    turns = turnstile._turnstile()
    turns.take_turn(within)
    try:
        yield
    finally:
        turns.let_go()


def _enter(turnstile: Turnstile, entered: Event) -> None:
    with turnstile.turn():
        entered.set()


def _is_free(turnstile: Turnstile) -> bool:
    return not _taken(turnstile) and not _somebody_waits(turnstile)


def _taken(turnstile: Turnstile) -> bool:
    return is_held(f"{turnstile.name}-now")


def _open_files(turnstile: Turnstile) -> set[str]:
    found = set()
    for descriptor in Path("/proc/self/fd").iterdir():
        try:
            target = str(descriptor.readlink())
        except FileNotFoundError:
            continue
        if target.startswith(str(turnstile.name)):
            found.add(str(descriptor))
    return found
