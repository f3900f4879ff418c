"""What must hold once nothing goes wrong any more, whatever went wrong before."""

from typing import TYPE_CHECKING

from backend.tasks.lifecycle import TERMINAL
from tests.simulation.mishaps import LOSING
from tests.simulation.truth import GrantStory
from tests.simulation.violation import Violation
from tests.simulation.worker import WorkerProcess

if TYPE_CHECKING:
    from tests.simulation.world import World

HEALING = 120.0
"""Seconds after the last fault in which every task must reach its end, however much chance has left to do to however
few: the longest of 10,000 histories took 46. What stands still is seen sooner, and what goes on for ever by this."""

ELSEWHERE = 5.0
"""Seconds after a worker's death in which what it ran runs elsewhere."""

AT_ONCE = 2.0
"""Seconds in which a task must end that is created when all is well and idle."""

DUE_WITHIN = 0.5
"""Seconds in which what has come due counts as due when all is well, though nobody has room for it."""


def lose_one_more(world: "World") -> None:
    """Whatever went wrong before, nothing does now: a child that dies at work is missed at once, a worker in time.

    After all else, so that what is drawn for it makes no other history of any seed.
    """
    # One that is killed early makes its type look short.
    world.record.truth.long_paths = frozenset()
    worker = _at_work(world, 1)
    held = world.record.truth.open_of(worker.name)
    worker.lose_child(min(worker.running), "was killed by signal 9 (SIGKILL)")
    _look_elsewhere(world, held, world.agenda.now + AT_ONCE)

    # As many as there are slots, so that one is free for each when another worker is there in its place.
    worker = _at_work(world, sum(one.identity.slots for one in world.live_workers()))
    held = world.record.truth.open_of(worker.name)
    worker.kill()
    world.ended(worker)
    elsewhere_by = world.agenda.now + ELSEWHERE
    world.run_until(world.agenda.now + LOSING, lambda: False)
    if any(story.open for story in held):
        raise Violation("L1", f"{LOSING:g} s after {worker.name} died it still holds some of {held}")
    _look_elsewhere(world, held, elsewhere_by)


def come_due_beside_busy_workers(world: "World") -> None:
    """Every slot is taken for good, and what comes due counts as due all the same. After all else, as the one above."""
    if not world.run_until(world.agenda.now + HEALING, world.quiet):
        raise Violation("L3", f"{HEALING:g} s after the last loss:\n{world.unfinished()}")
    slots = sum(worker.identity.slots for worker in world.live_workers())
    stuck = [world.create(path="stuck", queue="a", priority=0, due_at=None) for _ in range(slots)]
    world.wake()
    if not world.run_until(
        world.agenda.now + AT_ONCE, lambda: sum(len(one.running) for one in world.live_workers()) == slots
    ):
        raise Violation("L2", f"{slots} slots are not taken in {AT_ONCE:g} s:\n{world.unfinished()}")
    due_at = world.agenda.now + world.chance.uniform(0.0, 1.5)
    fresh = world.create(path="short", queue="a", priority=0, due_at=due_at)
    assert fresh is not None, "nothing goes wrong any more"
    world.wake()
    world.run_until(due_at + DUE_WITHIN, lambda: world.record.rows[fresh].due_at is None)
    if world.record.rows[fresh].due_at is not None:
        raise Violation("L2", f"{DUE_WITHIN:g} s after it came due {fresh} does not count as due")
    for task_id in stuck:
        assert task_id is not None, "nothing goes wrong any more"
        world.record.cancel(task_id, world.record_now)
    if not world.run_until(world.agenda.now + HEALING, lambda: not world.record.any_unended):
        raise Violation("L3", f"{HEALING:g} s after {stuck} were cancelled:\n{world.unfinished()}")


def _at_work(world: "World", tasks: int) -> WorkerProcess:
    """Any that runs one of so many fresh tasks."""
    for _ in range(tasks):
        world.create(path="long", queue="a", priority=0, due_at=None)
    world.wake()
    if not world.run_until(world.agenda.now + AT_ONCE, lambda: any(one.running for one in world.live_workers())):
        raise Violation("L2", f"none begins on an idle system in {AT_ONCE:g} s:\n{world.unfinished()}")
    return world.chance.choice([worker for worker in world.live_workers() if worker.running])


def _look_elsewhere(world: "World", lost: list[GrantStory], by: float) -> None:
    if not world.run_until(by, lambda: all(_is_elsewhere(world, story) for story in lost)):
        raise Violation("L1", f"in time not all of {lost} run elsewhere:\n{world.unfinished()}")
    if not world.run_until(world.agenda.now + HEALING, lambda: not world.record.any_unended):
        raise Violation("L3", f"{HEALING:g} s after {lost} were lost:\n{world.unfinished()}")


def _is_elsewhere(world: "World", lost: GrantStory) -> bool:
    """Whether the task runs under a later grant, or has ended: its outcome may have been on its way."""
    state = world.record.rows[lost.task_id].state
    return state.status in TERMINAL or any(
        story.ran for story in world.record.truth.of(lost.task_id) if story.fence > lost.fence
    )
