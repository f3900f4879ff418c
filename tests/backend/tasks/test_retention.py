"""What is taken off the record once nobody asks for it any more."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections
from django.db.models import Sum

from backend.tasks import store
from backend.tasks.lifecycle import Status
from backend.tasks.models import (
    Attempt,
    Event,
    LogLine,
    Queue,
    RejectedMessage,
    Settled,
    Tally,
    Task,
    Tombstone,
    Worker,
)
from backend.ventilator.pruning import Pruning
from tests.support.record import AVentilator, Grip, X, Y, a_draft, a_task, check_record, tallied

pytestmark = pytest.mark.django_db

WEEK = timedelta(days=7)


def end_some(ventilator, number, *, failing=False, queue="default"):
    """So many tasks that have just ended."""
    store.create([a_draft(n, queue=queue) for n in range(number)])
    for _ in range(number):
        grip = ventilator.grant_one(queues=frozenset({queue}))
        store.report([grip.failed() if failing else grip.succeeded()])


def a_tally(at, **columns):
    Tally.objects.create(at=at, queue="", path="", what="ran", total=1, **columns)


def age(tasks, by):
    """Let these tasks have ended earlier by so much. The database's own guard of ended tasks stands aside for it."""
    with connections["default"].cursor() as cursor:
        (sql,) = cursor.execute("SELECT sql FROM sqlite_master WHERE name = 'zonda_task_terminal'").fetchone()
        cursor.execute("DROP TRIGGER zonda_task_terminal")
        for task in tasks:
            task.finished_at -= by
        Task.objects.bulk_update(tasks, ["finished_at"], batch_size=200)
        cursor.execute(sql)


def test_tasks_that_ended_too_long_ago_go_with_all_that_is_theirs(ventilator):
    end_some(ventilator, 3)
    end_some(ventilator, 2, failing=True, queue="mail")
    a_task(9)
    store.report([ventilator.grant_one().started()])
    old = list(Task.objects.exclude(status=Status.RUNNING).order_by("seq"))
    stays = old.pop()
    for task in old:
        LogLine.objects.create(task=task, fence=task.fence, number=1, at=task.created_at, stream="stdout", text="x")
        Event.objects.create(task=task, at=task.created_at, kind="retried")
    age(old, WEEK + timedelta(seconds=1))

    assert store.prune(ventilator.epoch, WEEK, 100).tasks == 4
    assert store.prune(ventilator.epoch, WEEK, 100).tasks == 0

    assert set(Task.objects.values_list("status", flat=True)) == {Status.FAILED, Status.RUNNING}
    assert Task.objects.filter(seq=stays.seq).exists()
    assert (LogLine.objects.count(), Event.objects.count(), Attempt.objects.count()) == (0, 0, 2)
    Worker.objects.update(succeeded=0, failed=1)  # what they did goes on counting; the check counts what is there
    check_record()


def test_what_has_ever_been_created_and_settled_goes_on_counting(ventilator):
    end_some(ventilator, 3)
    end_some(ventilator, 2, failing=True)
    age(list(Task.objects.all()), WEEK * 2)

    store.prune(ventilator.epoch, WEEK, 100)

    (queue,) = Queue.objects.all()
    assert (queue.created, queue.finished, queue.failed, queue.queueing) == (5, 0, 0, 0)
    assert Settled.objects.aggregate(total=Sum("total")) == {"total": 5}
    assert tallied() == {"created": 5, "finished": 3, "failed": 2, "waited": 5, "ran": 5}
    Worker.objects.update(succeeded=0, failed=0)


def test_the_longest_ended_go_first_and_never_more_than_asked_for(ventilator):
    end_some(ventilator, 4)
    tasks = list(Task.objects.order_by("seq"))
    for task, days in zip(tasks, (8, 10, 9, 11), strict=True):
        age([task], timedelta(days=days))

    assert store.prune(ventilator.epoch, WEEK, 2).tasks == 2

    assert list(Task.objects.order_by("seq")) == [tasks[0], tasks[2]]
    Worker.objects.update(succeeded=2)


def test_many_lines_go_in_steps_of_their_own_before_their_tasks(ventilator, monkeypatch):
    monkeypatch.setattr(store.pruning, "LINES_AT_ONCE", 4)
    end_some(ventilator, 2)
    tasks = list(Task.objects.all())
    for task in tasks:
        for number in range(1, 6):
            LogLine.objects.create(
                task=task, fence=task.fence, number=number, at=task.created_at, stream="stdout", text="x"
            )
    age(tasks, WEEK * 2)

    steps = [store.prune(ventilator.epoch, WEEK, 100) for _ in range(4)]

    assert [(step.tasks, step.more) for step in steps] == [(0, True), (0, True), (2, False), (0, False)]
    assert not LogLine.objects.exists()
    Worker.objects.update(succeeded=0)


def test_a_ventilator_that_was_taken_over_prunes_nothing(ventilator):
    end_some(ventilator, 1)
    age(list(Task.objects.all()), WEEK * 2)
    store.raise_epoch(0)

    with pytest.raises(store.NewerEpoch):
        store.prune(ventilator.epoch, WEEK, 100)
    with pytest.raises(store.NewerEpoch):
        store.tidy(ventilator.epoch, 100)

    assert Task.objects.count() == 1


def test_an_id_is_free_again_once_its_task_is_gone(ventilator):
    store.create([a_draft(1, id="mine")])
    store.report([ventilator.grant_one().succeeded()])
    age(list(Task.objects.all()), WEEK * 2)
    store.prune(ventilator.epoch, WEEK, 100)

    (again,) = store.create([a_draft(2, id="mine")])

    assert (again.args, again.status) == ([2], Status.QUEUEING)
    Worker.objects.update(succeeded=0)


def test_what_is_no_task_goes_when_its_time_has_come(ventilator):
    now = datetime.now(UTC)
    for hours in (0, 24, 26, 48):
        a_tally(now - timedelta(hours=hours))
    for days in (9, 8, 6):
        Tombstone.objects.create(key=f"{days}", revision=1, at=now - timedelta(days=days))

    assert store.tidy(ventilator.epoch, 100) == 4
    assert store.tidy(ventilator.epoch, 100) == 0

    assert Tally.objects.count() == 2
    assert [stone.key for stone in Tombstone.objects.all()] == ["6"]


def test_a_little_at_a_time(ventilator):
    now = datetime.now(UTC)
    for number in range(5):
        a_tally(now - timedelta(hours=26, minutes=number // 3), bucket=number)
    a_tally(now)

    assert [store.tidy(ventilator.epoch, 2) for _ in range(4)] == [2, 2, 1, 0]

    assert Tally.objects.count() == 1


def test_of_rejected_messages_the_newest_stay(ventilator, monkeypatch):
    monkeypatch.setattr(store.pruning, "REJECTED_STAY", 3)
    now = datetime.now(UTC)
    RejectedMessage.objects.bulk_create(
        RejectedMessage(received_at=now, body=str(number), reason="") for number in range(8)
    )

    assert [store.tidy(ventilator.epoch, 4) for _ in range(3)] == [4, 1, 0]

    assert [message.body for message in RejectedMessage.objects.order_by("id")] == ["5", "6", "7"]


def test_lost_workers_go_after_an_hour_unless_a_grant_is_theirs(ventilator):
    now = datetime.now(UTC)
    for topic, incarnation, state, hours in (
        ("W2", Y, "LOST", 2),
        ("W3", "free", "LOST", 2),
        ("W4", "young", "LOST", 0),
        ("W5", "ready", "READY", 2),
    ):
        ventilator.seat(incarnation, topic, state=state)
        Worker.objects.filter(topic=topic).update(last_beat_at=now - timedelta(hours=hours))
    a_task(1)
    ventilator.grant_one(to=Y, topic="W2")

    assert store.tidy(ventilator.epoch, 100) == 1

    assert sorted(Worker.objects.values_list("topic", flat=True)) == ["W1", "W2", "W4", "W5"]
    assert Worker.objects.filter(incarnation=X).exists()


@pytest.mark.django_db(transaction=True)
def test_thousands_of_old_tasks_go_while_others_write_and_keep_nobody_waiting():
    ventilator = AVentilator()
    many = 3_000
    for start in range(0, many, 1000):
        store.create([a_draft(n) for n in range(start, start + 1000)])
        granted = ventilator.grant(1000).grants
        store.report([Grip(one.task_id, one.fence, one.holder).succeeded() for one in granted])
    written = 0
    over = threading.Event()

    def write() -> None:
        nonlocal written
        try:
            while not over.is_set():
                store.create([a_draft("new")])
                written += 1
        finally:
            connections.close_all()
            store.engine.close()

    writer = threading.Thread(target=write)
    writer.start()
    pruning = Pruning(timedelta(microseconds=1))
    steps = 0
    try:
        while Task.objects.filter(status=Status.FINISHED).exists():
            pruning.step(ventilator.epoch)
            steps += 1
    finally:
        over.set()
        writer.join()
        store.engine.close()

    # Whoever wants to write waits for one step at most; a few more may pass while the writer gets ready again.
    assert steps >= many // 500
    assert written >= steps // 3
    (queue,) = Queue.objects.all()
    assert (queue.created, queue.finished, queue.queueing) == (many + written, 0, written)
    assert Settled.objects.get().total == many
    assert not Attempt.objects.exists()
    check_record()
