"""What a worker sees of its children from outside, and what becomes of one that goes on with it for too long."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.workers.driver import Driver, of, reported
from tests.workers.test_children import W1, WITHIN, Heard, a_call, with_children
from wire.messages import AttemptCancelled, AttemptLost
from workers import children as children_module
from workers import watch
from workers.children import Children
from workers.effects import KillChild, Run, StartChild
from workers.events import ChildEnded, ChildHarmful, ChildReady, Returned, RunEnded
from workers.watch import LOOKS_EVERY, Lasting

KILLED = "was killed by signal 9 (SIGKILL)"
HARM = "kept the record locked"


# --- how long something is seen --------------------------------------------------------------------------------------


def test_what_is_seen_at_each_look_for_long_enough_has_lasted_too_long():
    lasting = Lasting[str](3 * LOOKS_EVERY)

    answers = [lasting.for_too_long({"a"}, 100.0 + LOOKS_EVERY * look) for look in range(5)]

    assert answers == [set(), set(), set(), {"a"}, {"a"}]


def test_what_is_not_seen_at_one_look_begins_anew_and_is_nothing_to_another():
    lasting = Lasting[str](2 * LOOKS_EVERY)
    seen = [{"a"}, {"a", "b"}, {"b"}, {"a", "b"}, {"a"}]

    answers = [lasting.for_too_long(some, 100.0 + LOOKS_EVERY * look) for look, some in enumerate(seen)]

    assert answers == [set(), set(), set(), {"b"}, set()]


def test_while_nobody_looks_nothing_lasts():
    lasting = Lasting[str](2 * LOOKS_EVERY)
    lasting.for_too_long({"a"}, 100.0)

    assert lasting.for_too_long({"a"}, 100.0 + 50 * LOOKS_EVERY) == set()


# --- what the machine does with it -----------------------------------------------------------------------------------


@pytest.fixture
def a_worker() -> Callable[..., Driver]:
    """Makes workers in touch; their invariants are checked at every step."""
    return lambda slots=1: Driver(slots).in_touch()


def test_a_child_that_does_harm_is_killed_and_what_it_runs_is_lost_for_that(a_worker):
    driver = a_worker()
    driver.granted(1)
    child = driver.child_of(1)

    assert of(driver.happens(ChildHarmful(child, HARM)), KillChild) == [KillChild(child, HARM)]
    assert of(driver.happens(ChildHarmful(child, HARM)), KillChild) == []
    lost = reported(driver.happens(ChildEnded(child, KILLED)))[-1]

    assert isinstance(lost, AttemptLost)
    assert lost.error == f"The child process {HARM}"


def test_one_that_was_told_to_end_before_has_ended_for_that(a_worker):
    driver = a_worker()
    driver.granted(1)
    child = driver.child_of(1)
    driver.revoked(1)

    assert of(driver.happens(ChildHarmful(child, HARM)), KillChild) == [KillChild(child, HARM)]
    cancelled = reported(driver.happens(ChildEnded(child, KILLED)))[-1]

    assert isinstance(cancelled, AttemptCancelled)


def test_a_child_that_does_harm_while_it_runs_nothing_gets_nothing_more_and_is_replaced(a_worker):
    driver = a_worker()
    driver.granted(1)
    child = driver.child_of(1)
    driver.returns(child)

    effects = driver.happens(ChildHarmful(child, HARM)) + driver.happens(ChildHarmful(child, HARM))
    [run] = of(driver.granted(2), Run)

    assert of(effects, KillChild) == [KillChild(child, HARM)]
    assert isinstance(run, Run)
    assert run.child != child
    assert len(of(driver.happens(ChildEnded(child, KILLED)), StartChild)) == 1


def test_a_child_that_does_harm_while_it_loads_is_killed_once(a_worker):
    driver = a_worker()
    [start] = of(driver.happens(ChildEnded(1, KILLED)), StartChild)
    assert isinstance(start, StartChild)

    effects = driver.happens(ChildHarmful(start.child, HARM)) + driver.happens(ChildHarmful(start.child, HARM))

    assert of(effects, KillChild) == [KillChild(start.child, HARM)]


def test_one_that_is_about_to_end_anyway_is_not_killed_for_it(a_worker):
    driver = a_worker()
    driver.granted(1)
    child = driver.child_of(1)
    driver.returns(child, spent="has run 100000 tasks")

    assert of(driver.happens(ChildHarmful(child, HARM)), KillChild) == []
    assert of(driver.happens(ChildHarmful(99, HARM)), KillChild) == []


# --- with real children ----------------------------------------------------------------------------------------------


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A record of its own; whoever keeps it locked, or is stopped, for half a second does so for too long."""
    monkeypatch.setattr(watch, "LOOKS_EVERY", 0.05)
    monkeypatch.setattr(children_module, "LOOKS_EVERY", 0.05)
    monkeypatch.setattr(watch, "LOCKED_AT_MOST", 0.5)
    monkeypatch.setattr(watch, "STOPPED_AT_MOST", 0.5)
    path = tmp_path / "record"
    monkeypatch.setenv("TEST_LOCK", f"{path}-shm")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE some (number)")
        connection.commit()
    return path


async def harm_of(heard: Heard) -> str:
    """Why the only child is to end."""
    async with asyncio.timeout(WITHIN):
        while not isinstance(event := await heard.next(), ChildHarmful):
            assert isinstance(event, ChildReady | RunEnded), event
    assert event.child == 1
    return event.why


@pytest.mark.system
@pytest.mark.parametrize(
    "tasks", [["hold"], ["leave_one_who_holds", "wait_for"], ["start_one_who_holds"]], ids=lambda tasks: tasks[0]
)
def test_who_keeps_the_record_locked_without_a_break_does_harm(tasks: list[str], record: Path) -> None:
    async def act(children: Children, heard: Heard) -> None:
        children.start(1)
        await heard.next()
        for fence, task in enumerate(tasks, 1):
            children.run(1, a_call(task, str(record) if task != "wait_for" else "/nowhere", fence=fence), W1)
            if task != tasks[-1]:
                assert isinstance(await heard.next(), RunEnded)

        assert await harm_of(heard) == "kept the record locked for over 30 s, or what it has started did"
        children.kill(1)
        assert isinstance(await _end_of(heard), ChildEnded)
        with closing(sqlite3.connect(record, isolation_level=None, timeout=0.0)) as connection:
            connection.execute("BEGIN IMMEDIATE")

    with closing(sqlite3.connect(record)):
        with_children(act)


async def _end_of(heard: Heard) -> ChildEnded | None:
    async with asyncio.timeout(WITHIN):
        while not isinstance(event := await heard.next(), ChildEnded):
            pass
    return event


@pytest.mark.system
def test_who_writes_all_the_time_and_lets_others_does_no_harm(record: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A disk that others write to as well may take half a second for a single commit.
    monkeypatch.setattr(watch, "LOCKED_AT_MOST", 1.0)

    async def act(children: Children, heard: Heard) -> None:
        children.start(1)
        await heard.next()
        children.run(1, a_call("write_all_the_time", str(record), 4.0), W1)

        ended = await heard.next()

        assert isinstance(ended, RunEnded)
        assert isinstance(ended.end, Returned)
        assert int(bytes(ended.end.result)) > 10

    with_children(act)


@pytest.mark.system
def test_who_is_stopped_and_does_not_go_on_does_harm(record: Path) -> None:
    async def act(children: Children, heard: Heard) -> None:
        children.start(1)
        await heard.next()
        children.run(1, a_call("stop_itself"), W1)

        assert await harm_of(heard) == "was stopped by a signal for over 10 s"

    with_children(act)
