from datetime import UTC, datetime, timedelta

import pytest

from backend.tasks import selectors, store
from backend.tasks.history import Happening, happenings
from backend.tasks.models import Event, Task
from tests.support.record import AVentilator, a_task, make_due

pytestmark = pytest.mark.django_db


def _told(task: Task) -> list[Happening]:
    row = Task.objects.get(seq=task.seq)
    attempts = selectors.attempts([row.seq]).get(row.seq, [])
    return happenings(row, attempts, selectors.events([row.seq]).get(row.seq, []))


def test_a_task_was_created():
    task = a_task()

    assert _told(task) == [Happening(task.created_at, "created")]


def test_attempts_start_and_end_in_their_order(ventilator: AVentilator):
    task = a_task(max_attempts=2)
    first = ventilator.grant_one()
    store.report([first.started()])
    store.report([first.failed()])
    make_due()
    store.report([ventilator.grant_one().succeeded()])

    told = _told(task)

    assert [(one.kind, one.attempt, one.worker) for one in told] == [
        ("created", None, None),
        ("started", 1, "W1"),
        ("failed", 1, "W1"),
        ("started", 2, "W1"),
        ("succeeded", 2, "W1"),
    ]
    assert [one.at for one in told] == sorted(one.at for one in told)


def test_what_was_done_by_hand_says_by_whom(ventilator: AVentilator):
    task = a_task()
    store.report([ventilator.grant_one().failed()])
    later = datetime.now(UTC) + timedelta(seconds=1)
    Event.objects.create(task_id=task.seq, at=later, kind="retried", by="ada")

    told = _told(task)

    assert [one.kind for one in told] == ["created", "started", "failed", "retried"]
    assert told[-1] == Happening(later, "retried", by="ada")


@pytest.mark.parametrize(("reason", "kind"), [("EXPIRED", "expired"), ("REJECTED", "rejected")])
def test_what_ended_without_an_attempt_says_so(reason: str, kind: str):
    task = a_task()
    Task.objects.filter(seq=task.seq).update(status="FAILED", reason=reason, finished_at=task.created_at)

    assert _told(task) == [Happening(task.created_at, "created"), Happening(task.created_at, kind)]


def test_a_running_attempt_has_not_ended(ventilator: AVentilator):
    task = a_task()
    store.report([ventilator.grant_one().started()])

    assert [one.kind for one in _told(task)] == ["created", "started"]
