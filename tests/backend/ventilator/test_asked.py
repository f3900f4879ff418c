"""What waits for the record: in order, and no more of it however long the record is away."""

import threading

import pytest
from msgspec.structs import replace

from backend.tasks.grants import WorkerRow
from backend.ventilator.asked import Asked
from backend.ventilator.effects import Close, ForRecord, Lose, ReadRecord, Tend, WriteWorkers

W1 = WorkerRow("W1", "one", "worker-1", "host", 1, ("*",), 1, "OBEYED")
W2 = WorkerRow("W2", "two", "worker-2", "host", 2, ("*",), 1, "OBEYED")
LOSE = Lose(None, "one", frozenset({5}), 2)


def all_of(asked: Asked[str]) -> list[object]:
    found: list[object] = []
    while (one := asked.get(0.0)) is not None:
        found.append(one)
    return found


@pytest.fixture
def asked() -> Asked[str]:
    return Asked()


def test_it_is_given_in_the_order_in_which_it_was_asked(asked: Asked[str]):
    several: list[ForRecord | str] = [Tend(), Close(()), "life", WriteWorkers((W1,)), LOSE, ReadRecord()]
    for one in several:
        asked.put(one)

    assert all_of(asked) == several


def test_rows_of_workers_that_wait_become_the_last_of_each(asked: Asked[str]):
    gone, next_one = replace(W2, state="GONE"), replace(W1, incarnation="three")
    for _ in range(1000):
        asked.put(WriteWorkers((W1, W2)))
    asked.put(WriteWorkers((gone,)))
    asked.put(WriteWorkers((next_one,)))

    assert all_of(asked) == [WriteWorkers((next_one, gone))]


def test_rows_never_go_before_what_was_asked_between_them(asked: Asked[str]):
    lost = replace(W1, state="LOST", beat=False)
    asked.put(WriteWorkers((W1,)))
    asked.put(LOSE)
    asked.put(WriteWorkers((lost,)))

    assert all_of(asked) == [WriteWorkers((W1,)), LOSE, WriteWorkers((lost,))]


def test_who_waits_is_given_what_comes(asked: Asked[str]):
    later = threading.Timer(0.02, asked.put, ["life"])
    later.start()

    assert asked.get(5.0) == "life"
    later.join()
