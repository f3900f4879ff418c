"""What people do to tasks, queues and workers by hand."""

from datetime import UTC, datetime, timedelta

import pytest

from backend.tasks import looking, store
from backend.tasks.engines.sqlite import SQLite
from backend.tasks.grants import CancelledGrant, Wishes
from backend.tasks.lifecycle import Cause
from backend.tasks.models import Attempt, Event, LogLine, Queue, Settled, Task, Tombstone, Worker
from backend.tasks.refusals import BadInput, NotFound, TooWide
from backend.tasks.selectors import TaskFilter
from tests.support.record import AVentilator, X, a_task, check_record, make_due, tallied
from wire.messages import AttemptCancelled, AttemptLog, AttemptProgress, Line

pytestmark = pytest.mark.django_db


@pytest.fixture
def ventilator():
    made = AVentilator()
    made.seat()
    yield made
    check_record()


def read(task: Task) -> Task:
    return Task.objects.get(seq=task.seq)


def kinds(task: Task) -> list[str]:
    return [event.kind for event in Event.objects.filter(task=task)]


# --- cancel


def test_what_waits_is_failed_at_once_and_never_granted(ventilator):
    task = a_task()

    assert store.cancel([task.key], by="anna") == 1

    row = read(task)
    assert (row.status, row.reason, row.error) == ("FAILED", "CANCELLED", "Cancelled before it was started.")
    assert (row.attempts.count(), row.finished_at is not None) == (0, True)
    assert [(event.kind, event.by) for event in Event.objects.all()] == [("cancelled", "anna")]
    assert ventilator.grant().grants == ()


def test_a_scheduled_task_can_be_cancelled(ventilator):
    task = a_task(run_after=datetime(2099, 1, 1, tzinfo=UTC))

    assert store.cancel([task.key]) == 1
    assert read(task).reason == "CANCELLED"
    assert store.grant(ventilator.epoch, queues=None, limit=1, choose=lambda _: []).next_due_in is None


def test_what_a_worker_has_is_wished_back_until_its_end_settles_it(ventilator):
    task = a_task()
    grip = ventilator.grant_one()
    store.report([grip.started()])

    assert store.cancel([task.key]) == 1
    assert store.cancel([task.key]) == 0
    assert (read(task).status, read(task).cancelling, kinds(task)) == ("RUNNING", True, ["cancelled"])
    assert store.tend(ventilator.epoch) == Wishes((CancelledGrant(task.key, grip.fence, X),))

    ended = AttemptCancelled(**common(grip), ran=1.0, error="Cancelled", traceback="here")
    assert store.report([ended, ended]) == ["APPLIED", "DUPLICATE"]
    row = read(task)
    (attempt,) = row.attempts.all()
    assert (row.status, row.reason, attempt.outcome, attempt.traceback) == ("FAILED", "CANCELLED", "CANCELLED", "here")
    assert store.tend(ventilator.epoch) == Wishes()


@pytest.mark.parametrize("cause", [Cause.UNSENT, Cause.HANDED_BACK])
def test_a_cancelled_grant_that_comes_back_unstarted_ends_the_task(ventilator, cause):
    task = a_task()
    grip = ventilator.grant_one()
    store.cancel([task.key])

    store.close(ventilator.epoch, [grip.closing(cause)])

    assert (read(task).status, read(task).reason, read(task).attempt) == ("FAILED", "CANCELLED", 0)


def test_a_cancelled_task_whose_worker_is_lost_is_not_tried_again(ventilator):
    task = a_task(max_attempts=5)
    store.report([ventilator.grant_one().started()])
    store.cancel([task.key])

    store.lose(ventilator.epoch, X, started=frozenset(), slots=1)

    row = read(task)
    assert (row.status, row.reason, row.attempts.get().outcome) == ("FAILED", "CANCELLED", "LOST")


def test_what_returned_before_it_heard_of_the_cancel_has_finished(ventilator):
    task = a_task()
    grip = ventilator.grant_one()
    store.cancel([task.key])

    store.report([grip.succeeded()])

    assert (read(task).status, read(task).result) == ("FINISHED", 3)


def test_a_failure_after_the_cancel_is_for_good(ventilator):
    task = a_task(max_attempts=3)
    grip = ventilator.grant_one()
    store.cancel([task.key])

    store.report([grip.failed()])

    assert (read(task).status, read(task).reason) == ("FAILED", "ERROR")


# --- retry by hand


def test_a_failed_and_a_finished_task_run_once_more_and_keep_their_attempts(ventilator):
    failed, finished = a_task(), a_task()
    first, second = ventilator.grant_one(), ventilator.grant_one()
    store.report([first.failed(), second.succeeded()])

    assert store.retry([failed.key, finished.key]) == 2

    for task in (failed, finished):
        row = read(task)
        assert (row.status, row.reason, row.error, row.result, row.finished_at) == ("QUEUEING", None, None, None, None)
        assert (row.round, row.attempt, row.tries, kinds(task)) == (2, 1, 0, ["retried"])
    store.report([ventilator.grant_one().succeeded(), ventilator.grant_one().failed()])
    assert list(Attempt.objects.filter(task=failed.seq).values_list("number", "outcome")) == [
        (1, "FAILED"),
        (2, "SUCCEEDED"),
    ]
    assert (read(failed).status, read(finished).status) == ("FINISHED", "FAILED")


def test_a_late_report_of_a_former_round_changes_nothing(ventilator):
    task = a_task()
    grip = ventilator.grant_one()
    store.report([grip.failed()])
    store.retry([task.key])

    assert store.report([grip.succeeded(), grip.failed()]) == ["STALE", "DUPLICATE"]
    assert read(task).status == "QUEUEING"


def test_a_task_that_expired_runs_when_somebody_retries_it(ventilator):
    task = a_task(expires_at=datetime(2020, 1, 1, tzinfo=UTC))
    store.tend(ventilator.epoch)
    assert read(task).reason == "EXPIRED"

    store.retry([task.key])

    assert ventilator.grant_one().task_id == task.key


def test_a_task_cancelled_before_it_was_due_and_retried_still_waits_for_its_moment(ventilator):
    """I8: a retry takes the cancel back, not what was asked for."""
    due = datetime(2099, 1, 1, tzinfo=UTC)
    task, other = a_task(run_after=due), a_task()
    store.cancel([task.key])

    store.retry([task.key])

    assert [grant.task_id for grant in ventilator.grant().grants] == [other.key]
    assert (read(task).status, read(task).run_after, read(task).due_at) == ("QUEUEING", due, due)
    make_due()
    assert ventilator.grant_one().task_id == task.key


def test_a_task_that_was_due_already_runs_at_once_when_it_is_retried(ventilator):
    task = a_task(run_after=datetime(2020, 1, 1, tzinfo=UTC))
    store.report([ventilator.grant_one().failed()])

    store.retry([task.key])

    assert ventilator.grant_one().task_id == task.key


def test_a_task_that_was_cancelled_can_be_retried_and_cancelled_again(ventilator):
    task = a_task()
    ventilator.grant_one()
    store.cancel([task.key])
    store.lose(ventilator.epoch, X, started=frozenset(), slots=1)
    store.retry([task.key])

    assert not read(task).cancelling
    assert store.cancel([task.key]) == 1


def test_what_has_not_ended_is_not_retried_and_nothing_is_when_one_is_refused(ventilator):
    ended, waiting = a_task(), a_task()
    store.report([ventilator.grant_one().failed()])

    with pytest.raises(BadInput, match=f"{waiting.key}' is QUEUEING; only what is FAILED or FINISHED can be retried"):
        store.retry([ended.key, waiting.key])
    with pytest.raises(NotFound, match="'nobody'"):
        store.retry([ended.key, "nobody"])

    assert read(ended).status == "FAILED"


# --- delete


def test_a_task_that_ended_is_deleted_with_all_that_belongs_to_it(ventilator):
    task, other = a_task(), a_task()
    grip = ventilator.grant_one()
    log = AttemptLog(**common(grip), lines=(Line(1, 0.5, "stdout", "hello"),))
    store.report([grip.started(), log, grip.failed()])
    store.retry([task.key])
    store.cancel([task.key])

    assert store.delete([task.key]) == 1

    assert list(Task.objects.all()) == [other]
    assert (Attempt.objects.count(), LogLine.objects.count(), Event.objects.count()) == (0, 0, 0)
    assert Tombstone.objects.get().key == task.key
    assert Queue.objects.get().created == 2


def test_what_has_not_ended_is_not_deleted(ventilator):
    task = a_task()

    with pytest.raises(BadInput, match="only what is FAILED or FINISHED can be deleted"):
        store.delete([task.key])


# --- by filter


def test_a_filter_chooses_what_fits_and_passes_over_what_does_not(ventilator, monkeypatch):
    monkeypatch.setattr(store.interventions, "STEP", 3)
    mail = [a_task(queue="mail") for _ in range(10)]
    other = a_task(queue="other")
    for _ in range(4):
        store.report([ventilator.grant_one(queues=frozenset(["mail"])).failed()])

    assert store.retry(chosen=TaskFilter(queue=["mail"])) == 4
    assert store.cancel(chosen=TaskFilter(queue=["mail"])) == 10
    assert {read(task).status for task in mail} == {"FAILED"}
    assert store.delete(chosen=TaskFilter(queue=["mail"])) == 10
    assert list(Task.objects.all()) == [other]


def test_a_search_means_all_that_contain_the_text_however_far_back(ventilator, monkeypatch):
    monkeypatch.setattr(looking, "ROWS", 2)
    monkeypatch.setattr(looking, "BLOCK", 1)
    monkeypatch.setattr(store.interventions, "STEP", 2)
    found = [a_task("Lindwurm"), *(a_task("lindwurm", id=f"one-{n}") for n in range(4))]
    other = [a_task(n) for n in range(9)]

    assert store.cancel(chosen=TaskFilter(search="Lindwurm")) == 5
    assert {read(task).status for task in found} == {"FAILED"}
    assert store.delete(chosen=TaskFilter(search="one-2")) == 1
    assert {read(task).status for task in other} == {"QUEUEING"}


def test_a_search_through_too_many_tasks_is_refused_and_says_how_to_narrow_it_down(monkeypatch):
    monkeypatch.setattr(store.interventions, "SEARCHED_AT_MOST", 3)
    tasks = [a_task("Lindwurm", queue=queue) for queue in ("mail", "default", "default", "default")]

    with pytest.raises(TooWide, match=r"more than 3 tasks .* Narrow them down: by status"):
        store.cancel(chosen=TaskFilter(search="Lindwurm"))
    assert {read(task).status for task in tasks} == {"QUEUEING"}

    assert store.cancel(chosen=TaskFilter(search="Lindwurm", queue=["mail"])) == 1


@pytest.mark.parametrize("which", [{}, {"keys": ["a"], "chosen": TaskFilter()}])
def test_either_ids_or_a_filter_say_which(which):
    with pytest.raises(BadInput, match="either ids or a filter"):
        store.cancel(**which)


# --- queues and workers


def test_a_paused_queue_grants_nothing_until_it_is_resumed(ventilator):
    a_task(queue="mail")

    paused = store.pause_queue("mail", "the printer is on fire")

    assert (paused.paused, paused.pause_reason) == (True, "the printer is on fire")
    assert ventilator.grant().grants == ()
    assert not store.resume_queue("mail").paused
    assert len(ventilator.grant().grants) == 1


def test_a_queue_can_be_paused_before_it_is_used():
    store.pause_queue("tomorrow")

    a_task(queue="tomorrow")

    assert (Queue.objects.get().paused, Queue.objects.get().queueing) == (True, 1)


def test_a_queue_that_cannot_be_or_is_not_is_refused():
    with pytest.raises(BadInput, match="queue: 'A b'"):
        store.pause_queue("A b")
    with pytest.raises(NotFound, match="no queue 'never'"):
        store.resume_queue("never")


def test_a_drain_is_wished_of_the_worker_that_has_the_topic_now(ventilator):
    assert store.drain_worker("W1").drain_asked
    assert store.tend(ventilator.epoch).drain == {X}

    ventilator.seat("its successor")
    assert store.tend(ventilator.epoch).drain == frozenset()


def test_a_worker_that_is_not_there_or_lost_is_not_drained(ventilator):
    ventilator.seat(state="LOST")

    for topic in ("W1", "W9"):
        with pytest.raises(NotFound, match=topic):
            store.drain_worker(topic)
    assert not Worker.objects.get().drain_asked


# --- limits


def test_a_task_is_tried_again_until_its_tries_are_spent_each_time_after_a_longer_pause(ventilator, monkeypatch):
    task = a_task(max_attempts=3)
    pauses = []
    for _ in range(3):
        Task.objects.filter(due_at__isnull=False).update(due_at=None)
        grip = ventilator.grant_one()
        before = SQLite().now()
        store.report([grip.started(), grip.failed()])
        if (due := read(task).due_at) is not None:
            pauses.append((due - before).total_seconds())

    row = read(task)
    assert (row.status, row.reason, row.attempt, row.tries) == ("FAILED", "ERROR", 3, 3)
    assert pauses == [pytest.approx(1.0, rel=0.2), pytest.approx(2.0, rel=0.2)]


def test_an_attempt_tells_until_when_its_task_had_to_wait_after_it(ventilator):
    a_task(max_attempts=2)
    first = ventilator.grant_one()
    store.report([first.started(), first.failed()])
    due = first.row().due_at
    make_due()
    second = ventilator.grant_one()
    store.report([second.lost()])
    third = ventilator.grant_one()
    store.report([third.started(), third.failed()])

    # After its first loss a task may be granted at once, and after its last try never.
    told = list(Attempt.objects.values_list("outcome", "next_due_at"))
    assert told == [("FAILED", due), ("LOST", None), ("FAILED", None)]
    assert due is not None


def test_an_exception_may_choose_its_delay_and_refuse_another_try(ventilator):
    patient, hopeless = a_task(max_attempts=3), a_task(max_attempts=3)
    first, second = ventilator.grant_one(), ventilator.grant_one()
    before = SQLite().now()

    store.report([first.failed(delay=60.0), second.failed(again=False)])

    due = read(patient).due_at
    assert due is not None
    assert due - before == pytest.approx(timedelta(seconds=60), abs=timedelta(seconds=1))
    assert (read(hopeless).status, read(hopeless).tries) == ("FAILED", 1)


def test_nothing_is_granted_that_has_expired_and_it_fails_saying_so(ventilator, monkeypatch):
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    now = [begin]
    monkeypatch.setattr(SQLite, "now", lambda self: now[0])
    task = a_task(expires_at=begin + timedelta(seconds=10))
    assert ventilator.grant(0).next_due_in == 10.0

    now[0] += timedelta(seconds=10)

    assert ventilator.grant().grants == ()
    store.tend(ventilator.epoch)
    row = read(task)
    assert (row.status, row.reason, row.error) == ("FAILED", "EXPIRED", "It expired before it was started.")
    assert row.finished_at == now[0]


def test_what_has_started_does_not_expire(ventilator, monkeypatch):
    task = a_task(expires_at=datetime(2099, 1, 1, tzinfo=UTC))
    store.report([ventilator.grant_one().started()])
    monkeypatch.setattr(SQLite, "now", lambda self: datetime(2100, 1, 1, tzinfo=UTC))

    store.tend(ventilator.epoch)

    assert read(task).status == "RUNNING"


# --- what a running attempt tells


def test_progress_and_log_are_kept_while_the_grant_is_current_and_only_then(ventilator):
    task = a_task(max_attempts=2)
    grip = ventilator.grant_one()
    far = AttemptProgress(**common(grip), fraction=0.5, message="half")
    log = AttemptLog(**common(grip), lines=(Line(1, 0.5, "stdout", "one"), Line(2, 1.0, "log", "two\x00")))

    assert store.report([grip.started(), far, log, log]) == ["APPLIED"] * 4
    row = read(task)
    assert (row.progress_fraction, row.progress_message) == (0.5, "half")
    lines = list(LogLine.objects.all())
    assert [(line.number, line.stream, line.text) for line in lines] == [(1, "stdout", "one"), (2, "log", "two\\x00")]
    assert row.started_at is not None
    assert lines[1].at - row.started_at == timedelta(seconds=1)

    assert store.report([grip.failed(), far, log]) == ["APPLIED", "STALE", "STALE"]
    assert (read(task).progress_fraction, read(task).progress_message) == (None, None)
    assert LogLine.objects.count() == 2


def test_progress_in_the_batch_of_its_end_stays_with_the_task(ventilator):
    task = a_task()
    grip = ventilator.grant_one()

    store.report([grip.started(), AttemptProgress(**common(grip), fraction=1.0, message="done"), grip.succeeded()])

    assert (read(task).status, read(task).progress_message) == ("FINISHED", "done")


# --- counters that never fall


def test_what_was_created_and_how_it_ended_is_counted_for_ever(ventilator):
    keys = [a_task(queue="mail").key for _ in range(3)]
    store.report([ventilator.grant_one().succeeded(), ventilator.grant_one().failed()])
    store.cancel([keys[2]])
    store.delete(keys)

    assert Queue.objects.get().created == 3
    assert {(one.status, one.reason): one.total for one in Settled.objects.all()} == {
        ("FINISHED", ""): 1,
        ("FAILED", "ERROR"): 1,
        ("FAILED", "CANCELLED"): 1,
    }
    assert tallied() == {"created": 3, "finished": 1, "failed": 2, "waited": 2, "ran": 2}


def test_every_change_of_a_task_gives_it_a_higher_revision(ventilator):
    task = a_task()
    seen = [read(task).revision]
    grip = ventilator.grant_one()
    seen.append(read(task).revision)
    for report in (grip.started(), grip.failed()):
        store.report([report])
        seen.append(read(task).revision)
    store.retry([task.key])
    seen.append(read(task).revision)
    store.cancel([task.key])
    seen.append(read(task).revision)

    assert seen == sorted(set(seen))


def common(grip) -> dict:
    return {
        "task_id": grip.task_id,
        "attempt": 1,
        "fence": grip.fence,
        "worker": "W1",
        "incarnation": grip.holder,
    }
