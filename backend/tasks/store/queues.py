"""How many queues there may be: their names are made up by who creates tasks, and each grant looks at all of them."""

from collections.abc import Mapping, Sequence
from typing import Final

from backend.tasks.refusals import TooManyQueues
from backend.tasks.store.transactions import engine

QUEUES_AT_MOST: Final = 10_000
"""With so many a grant takes about a tenth of a second, in which nobody else writes."""

FORGOTTEN_AT_ONCE: Final = 1_000
"""Queues without anything that make room when there are so many: not one for each that comes."""


def refuse_one_too_many(queue: str) -> None:
    """TooManyQueues when with those that this transaction has added, `queue` among them, there are more than may be."""
    if _make_room(0, frozenset()):
        raise TooManyQueues(queue, QUEUES_AT_MOST)


def without_room(queues: Sequence[str]) -> Mapping[str, TooManyQueues]:
    """Those of these queues that are not there, and for which there is no room; the first that are named have it."""
    names = frozenset(queues)
    new = engine.new_queues(list(dict.fromkeys(queues)))
    over = _make_room(len(new), names) if new else 0
    return {queue: TooManyQueues(queue, QUEUES_AT_MOST) for queue in new[len(new) - over :]}


def _make_room(more: int, keep: frozenset[str]) -> int:
    """How many there are too many with so many more, once those that have nothing, and none of `keep`, are gone."""
    over = engine.queues() + more - QUEUES_AT_MOST
    if over <= 0:
        return 0
    return min(max(0, over - engine.forget_queues(max(over, FORGOTTEN_AT_ONCE), keep)), max(more, 1))
