"""Real child processes that task functions wear out."""

import json

import pytest

from tests.workers.test_children import W1, Heard, a_call, with_children
from workers.children import Children
from workers.events import ChildEnded, Returned, RunEnded

pytestmark = pytest.mark.system


async def spent(children: Children, heard: Heard, task: str, *args: object) -> str | None:
    """Run that, and say why its child is to run nothing more."""
    children.run(1, a_call(task, *args), W1)
    ended = await heard.next()
    assert isinstance(ended, RunEnded), ended
    assert isinstance(ended.end, Returned), ended.end
    json.loads(bytes(ended.end.result))
    return ended.spent


def test_a_child_has_run_enough_after_as_many_tasks_as_it_may():
    async def act(children: Children, heard: Heard) -> None:
        children.start(1)
        await heard.next()

        told = [await spent(children, heard, "add", 1, 2) for _ in range(3)]

        assert told == [None, None, "has run 3 tasks"]
        children.retire(1)
        assert await heard.next() == ChildEnded(1, "ended with exit code 0")

    with_children(act, {"ZONDA_SLOT_TASKS": "3"})


def test_a_child_whose_memory_stays_above_the_limit_is_spent_and_garbage_is_not_memory():
    async def act(children: Children, heard: Heard) -> None:
        children.start(1)
        await heard.next()

        assert await spent(children, heard, "keep", 60) is None
        assert await spent(children, heard, "drop", 200) is None
        why = await spent(children, heard, "keep", 200)

        assert why is not None
        assert why.endswith("of memory, the limit is 200 MiB")

    with_children(act, {"ZONDA_SLOT_MEMORY": "200MiB"})


def test_a_child_may_have_twice_the_memory_that_it_has_taken_to_load():
    async def act(children: Children, heard: Heard) -> None:
        children.start(1)
        await heard.next()

        assert await spent(children, heard, "add", 1, 2) is None
        assert "of memory, the limit is" in str(await spent(children, heard, "keep", 100))

    with_children(act, {"ZONDA_SLOT_MEMORY": "1B"})


def test_a_child_in_which_ever_more_stays_open_is_spent():
    async def act(children: Children, heard: Heard) -> None:
        children.start(1)
        await heard.next()

        assert await spent(children, heard, "open_many", 20) is None
        why = await spent(children, heard, "open_many", 500)

        assert why is not None
        assert why.endswith("descriptors open")

    with_children(act)
