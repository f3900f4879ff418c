"""Real child processes in which a task function leaves other surroundings than it has found."""

import json
import logging
import os

import pytest

from tests.workers.test_children import W1, Heard, a_call, with_children
from workers.children import Children
from workers.events import ChildEnded, Returned, RunEnded

pytestmark = pytest.mark.system


async def run(children: Children, heard: Heard, task: str, *args: object) -> tuple[object, str | None]:
    """What it returned, and why its child is to run nothing more."""
    children.run(1, a_call(task, *args), W1)
    ended = await heard.next()
    assert isinstance(ended, RunEnded), ended
    assert isinstance(ended.end, Returned), ended.end
    return json.loads(bytes(ended.end.result)), ended.spent


def test_what_a_function_changes_in_its_process_does_not_meet_the_next_one(caplog):
    changes = {
        "change_directory": "working directory",
        "delete_directory": "working directory",
        "change_environment": "environment",
        "replace_environment": "environment",
        "change_import_path": "import path",
        "replace_import_path": "import path",
        "change_umask": "umask",
        "change_locale": "locale",
        "change_signals": "signals",
        "change_limits": "limits",
        "change_defaults": "defaults of Python",
        "change_logging": "logging",
        "replace_logging": "logging",
        "change_arithmetic": "decimal context",
        "disable_loggers": "logging",
        "change_warnings": "warnings",
        "change_event_loops": "event loop policy",
        "take_finders": "import path",
        # Where there is one alone, there is nothing to change.
        **({"change_processors": "limits"} if len(os.sched_getaffinity(0)) > 1 else {}),
        "change_hooks": "defaults of Python",
    }

    async def act(children: Children, heard: Heard) -> None:
        children.start(1)
        await heard.next()
        before = (await run(children, heard, "look"))[0]
        for change in changes:
            assert await run(children, heard, change) == (None, None), change
            assert (await run(children, heard, "look"))[0] == before, change

    with caplog.at_level(logging.WARNING):
        with_children(act)

    told = [record.__dict__ for record in caplog.records if record.message == "child.restored"]
    assert [said["changed"] for said in told] == [[name] for name in changes.values()]
    assert {said["task"] for said in told} == {"t1"}


def test_an_alarm_that_a_function_has_left_is_its_own_failure_or_nobodys():
    async def act(children: Children, heard: Heard) -> None:
        children.start(1)
        await heard.next()
        before = (await run(children, heard, "look"))[0]
        for microseconds in range(1, 400):
            children.run(1, a_call("strike_soon", microseconds, fence=microseconds), W1)
            ended = await heard.next()
            assert isinstance(ended, RunEnded), ended
            assert ended.spent is None

        assert (await run(children, heard, "look"))[0] == before

    with_children(act)


def test_streams_are_written_to_as_ever_whatever_a_function_has_made_of_them(caplog):
    """Nobody is told: to write to them in another way is no fault."""

    async def act(children: Children, heard: Heard) -> None:
        children.start(1)
        await heard.next()
        before = (await run(children, heard, "look"))[0]
        for change in ("change_streams", "use_an_event_loop", "wait_for_no_room", "wait_for_no_room_by_asyncio"):
            assert await run(children, heard, change) == (None, None), change
            assert (await run(children, heard, "look"))[0] == before, change
        await run(children, heard, "wait_for_no_room")

        assert await run(children, heard, "print_much", 2_000_000) == (None, None)

        assert len(heard.printed("stdout")) == 2_000_000

    with caplog.at_level(logging.WARNING):
        with_children(act)

    assert [record for record in caplog.records if record.message == "child.restored"] == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may act as another user")
def test_a_child_that_acts_as_another_user_is_spent():
    async def act(children: Children, heard: Heard) -> None:
        children.start(1)
        await heard.next()

        assert await run(children, heard, "become_another_user") == (
            None,
            "was made to act as another user or group",
        )

    with_children(act)


def test_names_that_a_function_has_replaced_are_the_old_ones_for_the_next():
    async def act(children: Children, heard: Heard) -> None:
        children.start(1)
        await heard.next()
        before = (await run(children, heard, "look"))[0]

        assert (await run(children, heard, "change_names"))[1] is None

        assert (await run(children, heard, "look"))[0] == before

    with_children(act)


def test_a_crash_is_told_with_its_frames_though_the_function_before_has_taken_its_signal():
    async def act(children: Children, heard: Heard) -> None:
        children.start(1)
        await heard.next()
        assert await run(children, heard, "take_faults") == (None, None)

        children.run(1, a_call("print_and_crash"), W1)

        assert await heard.next() == ChildEnded(1, "was killed by signal 11 (SIGSEGV)")
        assert "print_and_crash" in heard.printed("stderr")

    with_children(act)


def test_a_child_that_has_lost_modules_is_spent():
    async def act(children: Children, heard: Heard) -> None:
        children.start(1)
        await heard.next()

        assert await run(children, heard, "take_modules_away") == (
            None,
            "had modules taken away that others rely on",
        )

    with_children(act)


def test_a_child_of_which_the_entry_point_says_so_is_spent():
    async def act(children: Children, heard: Heard) -> None:
        children.start(1)
        await heard.next()

        assert await run(children, heard, "spend", "has had enough") == (None, "has had enough")

    with_children(act)


def test_a_child_whose_descriptors_were_closed_is_spent():
    async def act(children: Children, heard: Heard) -> None:
        children.start(1)
        await heard.next()

        assert await run(children, heard, "close_low_descriptors") == (
            None,
            "had descriptors closed that a task function had not opened",
        )

    with_children(act)


def test_threads_that_end_in_a_moment_are_not_told_of(caplog):
    async def act(children: Children, heard: Heard) -> None:
        children.start(1)
        await heard.next()

        assert await run(children, heard, "end_threads") == (None, None)

    with caplog.at_level(logging.WARNING):
        with_children(act)

    assert [record for record in caplog.records if record.message == "child.restored"] == []


def test_threads_that_go_on_are_told_of_and_too_many_of_them_spend_the_child(caplog):
    async def act(children: Children, heard: Heard) -> None:
        children.start(1)
        await heard.next()

        assert await run(children, heard, "leave_threads", 2) == (None, None)
        _, why = await run(children, heard, "leave_threads", 99)

        assert why == "has 101 threads that task functions have left"

    with caplog.at_level(logging.WARNING):
        with_children(act)

    [told] = [record.__dict__ for record in caplog.records if record.message == "child.restored"]
    assert (told["changed"], told["threads"]) == ([], ["left 0", "left 1"])
