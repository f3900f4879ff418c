"""What may be granted, offered in order and read in pages."""

from collections.abc import Mapping, Sequence

from hypothesis import given
from hypothesis import strategies as st

from backend.tasks.grants import Candidate
from backend.tasks.offer import Offer

QUEUES = ("a", "b", "c", "d")


class Waiting:
    """What waits in each queue, by urgency; it counts the rows that are read of it, and how often."""

    def __init__(self, tasks: Sequence[Candidate]) -> None:
        self.tasks = sorted(tasks, key=urgency)
        self.rows = self.times = 0

    def read(self, queues: Sequence[str], limit: int, skip: int) -> list[Candidate]:
        of_queue: Mapping[str, list[Candidate]] = {
            name: [task for task in self.tasks if task.queue == name][skip : skip + limit] for name in queues
        }
        # As a statement may give them: those of a queue in their order, the queues in none.
        found = [of_queue[name][n] for n in range(limit) for name in reversed(queues) if n < len(of_queue[name])]
        self.rows += len(found)
        self.times += 1
        return found


def urgency(task: Candidate) -> tuple[int, int]:
    return -task.priority, task.seq


waiting = st.lists(st.tuples(st.sampled_from(QUEUES), st.integers(-2, 2)), max_size=60).map(
    lambda drawn: Waiting(
        [Candidate(seq, f"t{seq}", "app.add", queue, priority) for seq, (queue, priority) in enumerate(drawn, 1)]
    )
)


@given(waiting, st.integers(1, 30), st.lists(st.booleans(), min_size=60, max_size=60))
def test_whatever_is_left_out_the_most_urgent_of_the_others_comes_next(
    there: Waiting, limit: int, leaves: Sequence[bool]
):
    offer, left = Offer(QUEUES, limit, there.read), set[str]()

    for leave, expected in zip(leaves, there.tasks, strict=False):
        if expected.queue in left:
            continue
        assert next(offer) == expected
        if leave:
            offer.leave(expected.queue)
            left.add(expected.queue)

    assert next(offer, None) is None


@given(waiting, st.integers(1, 30), st.integers(0, 60))
def test_no_more_is_read_than_is_looked_at(there: Waiting, limit: int, looks: int):
    offer = Offer(QUEUES, limit, there.read)

    looked = [task for task, _ in zip(offer, range(looks), strict=False)]

    assert looked == there.tasks[: len(looked)]
    assert there.rows <= 2 * offer.looked + max(limit, len(QUEUES))


@given(waiting, st.integers(1, 30), st.data())
def test_there_is_more_than_was_chosen_unless_all_was(there: Waiting, limit: int, data: st.DataObject):
    looks = data.draw(st.integers(0, len(there.tasks)))
    chosen = data.draw(st.integers(0, looks))
    offer = Offer(QUEUES, limit, there.read)
    for _ in range(looks):
        next(offer)

    assert offer.has_more_than(chosen) == (chosen < len(there.tasks))


def test_a_queue_that_is_used_up_is_read_on_in_pages_that_double():
    there = Waiting([Candidate(seq, f"t{seq}", "app.add", "a", 0) for seq in range(1, 100)])
    offer, rows = Offer(QUEUES, 8, there.read), list[int]()

    for _ in range(40):
        next(offer)
        rows.append(there.rows)

    assert sorted(set(rows)) == [2, 6, 14, 22, 30, 38, 46]


def test_a_queue_that_is_left_is_read_no_further():
    there = Waiting([Candidate(seq, f"t{seq}", "app.add", "a", 0) for seq in range(1, 100)])
    offer = Offer(QUEUES, 4, there.read)

    assert next(offer).seq == 1
    offer.leave("a")

    assert next(offer, None) is None
    assert there.times == 1


def test_one_queue_is_read_at_once():
    there = Waiting([Candidate(seq, f"t{seq}", "app.add", "a", 0) for seq in range(1, 100)])
    offer = Offer(["a"], 20, there.read)

    assert [next(offer).seq for _ in range(20)] == [*range(1, 21)]
    assert there.times == 1


def test_nothing_is_read_where_no_queue_offers():
    there = Waiting([])

    assert next(Offer([], 20, there.read), None) is None
    assert there.times == 0
