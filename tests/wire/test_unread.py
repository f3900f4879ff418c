import logging

import pytest

from wire.codec import Unreadable
from wire.unread import EACH, WINDOW, Unread


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def unread(clock):
    return Unread(logging.getLogger("a process"), clock=clock)


def some(count: int) -> list[Unreadable]:
    return [Unreadable(cut="…", why=f"because {number}") for number in range(count)]


def test_what_cannot_be_read_is_told_with_its_topic_its_beginning_and_why(unread, caplog):
    unread.tell("status", [Unreadable(cut="{]", why="it is no JSON")])

    [record] = caplog.records
    assert (record.message, record.levelname, record.topic) == ("message.unreadable", "WARNING", "status")
    assert (record.cut, record.why) == ("{]", "it is no JSON")
    assert not hasattr(record, "left_out")


def test_a_flood_costs_a_few_lines_and_none_of_it_is_uncounted(unread, caplog):
    flood = some(1_000)
    for _ in range(1_000):
        unread.tell("status", flood)
    unread.sum_up()

    assert len(caplog.records) < EACH + 20
    assert sum(1 + getattr(record, "left_out", 0) for record in caplog.records) == 1_000_000


def test_after_a_while_each_one_is_told_again(unread, clock, caplog):
    unread.tell("status", some(EACH + 5))
    before = len(caplog.records)
    assert before == EACH

    clock.now += WINDOW
    unread.tell("status", some(1))

    assert [getattr(record, "left_out", 0) for record in caplog.records[before:]] == [4, 0]


def test_nothing_unreadable_is_nothing_to_tell(unread, caplog):
    unread.tell("status", [])
    unread.sum_up()

    assert caplog.records == []


def test_a_flood_on_one_topic_hides_nothing_of_another(unread, caplog):
    unread.tell("W1", some(1_000))
    before = len(caplog.records)

    unread.tell("control", some(1))

    assert [record.topic for record in caplog.records[before:]] == ["control"]
