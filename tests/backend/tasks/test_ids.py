"""Ids of tasks."""

import time
import uuid

from backend.tasks.ids import new_id


def test_an_id_is_a_uuid_of_version_7():
    made = uuid.UUID(new_id())

    assert (made.version, made.variant) == (7, uuid.RFC_4122)


def test_ids_made_later_sort_later(monkeypatch):
    made = []
    for milliseconds in (0, 1, 999, 1_764_000_000_000, 2**48 - 1):
        monkeypatch.setattr(time, "time_ns", lambda now=milliseconds: now * 1_000_000)
        made.append(new_id())

    assert made == sorted(made)
    assert [uuid.UUID(one).int >> 80 for one in made] == [0, 1, 999, 1_764_000_000_000, 2**48 - 1]


def test_no_two_ids_are_the_same(monkeypatch):
    monkeypatch.setattr(time, "time_ns", lambda: 0)

    assert len({new_id() for _ in range(10_000)}) == 10_000
