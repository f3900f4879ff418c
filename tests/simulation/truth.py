"""What really happened under each grant, which no process and no record can know, and the promises about it."""

from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct

from backend.ventilator.choosing import BEYOND_SLOTS
from tests.simulation.violation import Violation


class GrantStory(Struct):
    """All that ever happened under one grant, in the record and in truth.

    `undone`: the record was put back to where it was still open, or not yet made.
    """

    task_id: str
    path: str
    fence: int
    holder: str
    open: bool = True
    taken_back: bool = False
    ran: bool = False
    ended: bool = False
    undone: bool = False


class Truth:
    """Told of everything; each method raises Violation when it must not be so.

    `slots_of`: by the incarnation of each worker. `long_paths`: tasks of these never share a slot. `moves`: how often a
    grant was given or closed, or a run began or ended.
    """

    def __init__(self) -> None:
        self.slots_of: dict[str, int] = {}
        self.long_paths: frozenset[str] = frozenset()
        self.moves = 0
        self._grants: dict[tuple[int, str], GrantStory] = {}
        self._of_task: dict[str, list[GrantStory]] = {}
        self._open_of: dict[str, dict[int, GrantStory]] = {}
        self._fences: set[int] = set()

    def __iter__(self) -> Iterator[GrantStory]:
        return iter(self._grants.values())

    def of(self, task_id: str) -> list[GrantStory]:
        """Every grant that there was of the task."""
        return self._of_task.get(task_id, [])

    def open_of(self, holder: str) -> list[GrantStory]:
        """The grants that the record says this worker has."""
        return list(self._open_of.get(holder, {}).values())

    # --- the record --------------------------------------------------------------------------------------------------

    def given(self, task_id: str, path: str, fence: int, holder: str) -> None:
        """The record grants a task."""
        # What a record that was put back has forgotten may be given again, but to nobody who has had it.
        if fence in self._fences or (fence, holder) in self._grants:
            raise Violation("I5", f"fence {fence} was used before")
        of_task = self._of_task.setdefault(task_id, [])
        if any(story.open for story in of_task):
            raise Violation("I7", f"{task_id} is granted a second time")
        self._fences.add(fence)
        self.moves += 1
        story = GrantStory(task_id, path, fence, holder)
        self._grants[fence, holder] = story
        self._open_of.setdefault(holder, {})[fence] = story
        of_task.append(story)

    def look_at_load(self, holder: str) -> None:
        """After grants to this worker: not too many, and nothing waits behind a long task (I11).

        What is open only because the record was put back nobody holds: the ventilator has yet to find it.
        """
        held = [story.path for story in self._open_of[holder].values() if not story.ended and not story.undone]
        slots = self.slots_of[holder]
        if len(held) > slots + BEYOND_SLOTS:
            raise Violation("I11", f"{holder} has {len(held)} grants for {slots} slots")
        if len(held) > slots and not self.long_paths.isdisjoint(held):
            raise Violation("I11", f"{holder} has {len(held)} grants for {slots} slots, with long ones among them")

    def reported(self, task_id: str, fence: int, holder: str) -> None:
        """The record applies a report."""
        story = self._grants.get((fence, holder))
        if story is None or not story.open or story.task_id != task_id:
            raise Violation("I5", f"a report of {task_id} is applied under {fence} of {holder}, which it has not")

    def taken_back(self, fence: int, holder: str) -> None:
        """The record closes a grant as one that never started."""
        story = self._story(fence, holder, "is taken back")
        if story.ran and not story.undone:
            raise Violation("I6", f"a grant that ran is closed, and not as a loss: {story}")
        story.taken_back = True

    def closed(self, fence: int, holder: str) -> None:
        """The record has the grant open no more."""
        self._grants[fence, holder].open = False
        self.moves += 1
        self._open_of[holder].pop(fence, None)

    def put_back(self, held: Iterable[tuple[int, str]], since: Callable[[int], bool]) -> None:
        """The record is as it once was: `held` are its open grants, `since` whether a fence was given after that."""
        open_then = set(held)
        self._open_of.clear()
        for grant, story in self._grants.items():
            story.open = grant in open_then
            story.undone |= story.open or since(story.fence)
            if story.open:
                self._open_of.setdefault(story.holder, {})[story.fence] = story

    def forget_fences(self, since: Callable[[int], bool]) -> None:
        """An older copy of the record does not know what it gave since: that may be given again, to somebody else."""
        self._fences = {fence for fence in self._fences if not since(fence)}

    # --- the workers -------------------------------------------------------------------------------------------------

    def ran(self, fence: int, holder: str) -> None:
        """A task function is being called under this grant."""
        story = self._story(fence, holder, "runs")
        if story.taken_back and not story.undone:
            raise Violation("I7", f"{story.task_id} runs under a grant that was taken back from {holder} as not there")
        if story.ran:
            raise Violation("I7", f"{story.task_id} runs twice under one grant")
        story.ran = True
        self.moves += 1

    def ran_ended(self, fence: int, holder: str) -> None:
        self._grants[fence, holder].ended = True
        self.moves += 1

    def _story(self, fence: int, holder: str, what: str) -> GrantStory:
        try:
            return self._grants[fence, holder]
        except KeyError as error:
            raise Violation("I5", f"{fence} of {holder or 'nobody'} {what}, and was never granted so") from error
