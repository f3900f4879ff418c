from collections.abc import Sequence

import pytest

from client.command import batches
from client.command.batches import Made, create_all
from client.command.lines import BadLine, GoodLine, Line
from client.errors import Refused
from client.records import Draft


class ABackend:
    """Refuses every task whose name is among the bad, all or nothing, as createTasks does."""

    def __init__(self, *bad: str, says_which: bool = True) -> None:
        self.bad = bad
        self.says_which = says_which
        self.calls: list[int] = []
        self.created: list[str] = []

    def create(self, drafts: Sequence[Draft]) -> int:
        self.calls.append(len(drafts))
        for place, draft in enumerate(drafts):
            if draft.name in self.bad:
                details = {"index": place} if self.says_which else {}
                raise Refused("BAD_ARGUMENTS", f"tasks[{place}]: {draft.name} is bad", details)
        there = sum(draft.name in self.created for draft in drafts)
        self.created += [draft.name for draft in drafts]
        return there


def some(many: int, size: int = 50) -> list[GoodLine]:
    return [GoodLine(number, Draft(name=f"t{number}"), size) for number in range(1, many + 1)]


def test_lines_are_created_in_order_in_few_calls():
    backend = ABackend()

    events = list(create_all(some(2500), backend.create))

    assert events == [Made(1000), Made(1000), Made(500)]
    assert backend.created == [f"t{number}" for number in range(1, 2501)]


def test_a_call_is_bounded_in_bytes_but_takes_at_least_one(monkeypatch):
    monkeypatch.setattr(batches, "BYTES", 100)
    backend = ABackend()

    list(create_all([*some(4, 50), *some(1, 1000)], backend.create))

    assert backend.calls == [2, 2, 1]


@pytest.mark.parametrize("says_which", [True, False])
def test_a_bad_line_costs_only_itself(says_which):
    backend = ABackend("t1", "t500", "t2500", says_which=says_which)

    events = list(create_all(some(2500), backend.create))

    assert sum(event.tasks for event in events if isinstance(event, Made)) == 2497
    assert [event for event in events if isinstance(event, BadLine)] == [
        BadLine(number, f"t{number} is bad", "BAD_ARGUMENTS") for number in (1, 500, 2500)
    ]
    assert backend.created == [f"t{n}" for n in range(1, 2501) if n not in {1, 500, 2500}]


def test_few_bad_lines_cost_few_calls():
    backend = ABackend("t1", "t500", "t2500")

    list(create_all(some(10_000), backend.create))

    assert len(backend.calls) < 25


def test_nothing_but_bad_lines_cost_a_call_each_and_hardly_a_byte_twice():
    backend = ABackend(*(f"t{number}" for number in range(1, 501)))

    events = list(create_all(some(500), backend.create))

    assert len(events) == len(backend.calls) == 500
    assert sum(backend.calls) < 2000


def test_lines_that_were_bad_from_the_start_are_told_of_on_the_way():
    backend = ABackend()
    lines: list[Line] = [*some(2), BadLine(3, "no JSON"), BadLine(4, "no JSON")]

    assert list(create_all(lines, backend.create)) == [BadLine(3, "no JSON"), BadLine(4, "no JSON"), Made(2)]


def test_what_was_there_before_is_counted_apart():
    backend = ABackend()
    list(create_all(some(3), backend.create))

    assert list(create_all(some(5), backend.create)) == [Made(5, existing=3)]


def test_a_file_of_nothing_creates_nothing():
    backend = ABackend()

    assert list(create_all([], backend.create)) == []
    assert backend.calls == []


def test_a_refusal_of_whoever_asks_ends_it():
    def create(_: Sequence[Draft]) -> int:
        raise Refused("FORBIDDEN", "not you", {})

    with pytest.raises(Refused):
        list(create_all(some(2), create))


def test_lines_are_read_only_as_far_as_they_are_needed():
    read = []

    def lines():
        for line in some(5000):
            read.append(line)
            yield line

    events = create_all(lines(), ABackend().create)
    next(events)

    assert len(read) <= 1001
