"""Every write of the record, in one thread. What several do at once is in test_races."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import Raw

from backend.demo.tasks import echo
from backend.tasks import store
from backend.tasks.depth import MAX_DEPTH
from backend.tasks.engines.sqlite import SQLite
from backend.tasks.grants import Candidate, Choice, Granted, Lost, WorkerRow
from backend.tasks.lifecycle import Cause
from backend.tasks.models import Attempt, Queue, Task, Worker
from backend.tasks.offer import Offer
from backend.tasks.refusals import Conflict
from tests.support.record import AVentilator, Grip, X, Y, a_draft, a_task, check_record, make_due
from wire.messages import AttemptSucceeded

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(monkeypatch):
    """The record's clock, moved by hand."""

    class Clock:
        at = datetime(2026, 11, 21, 12, tzinfo=UTC)

        def advance(self, seconds):
            self.at += timedelta(seconds=seconds)

    found = Clock()
    monkeypatch.setattr(SQLite, "now", lambda self: found.at)
    return found


# --- creating


def test_a_created_task_is_the_row_that_is_read_again():
    run_after = datetime(2030, 1, 2, 3, 4, 5, 678, tzinfo=UTC)
    (created,) = store.create([a_draft({"é": [1.5, None]}, id="mine", queue="mail", priority=-7, run_after=run_after)])

    read = Task.objects.get(key="mine")

    for field in Task._meta.concrete_fields:
        if field.name != "due_at":
            assert getattr(created, field.name) == getattr(read, field.name), field.name
    assert (read.status, read.due_at, read.args) == ("QUEUEING", run_after, [{"é": [1.5, None]}])


def test_tasks_come_back_in_the_order_of_their_drafts():
    a_task("b", id="b")

    created = store.create([a_draft(key, id=key) for key in ("c", "b", "a", "c")])

    assert [task.key for task in created] == ["c", "b", "a", "c"]
    assert created[0].seq == created[3].seq < created[2].seq
    check_record()


def test_the_same_id_and_content_is_the_same_task():
    first = a_task(1, id="mine", priority=3)
    Task.objects.update(status="RUNNING", holder=X)

    again = a_task(1, id="mine", priority=3)

    assert (again.seq, again.status) == (first.seq, "RUNNING")
    assert Queue.objects.get().queueing == 1


@pytest.mark.parametrize(
    "other",
    [
        {"args": (2,)},
        {"args": (1.0,)},
        {"args": ("1",)},
        {"name": "word_count", "args": ("1",)},
        {"queue": "mail"},
        {"queue": "default"},
        {"priority": 0},
        {"run_after": datetime(2030, 1, 1, tzinfo=UTC)},
    ],
    ids=str,
)
def test_the_same_id_with_other_content_is_a_conflict(other):
    a_task(1, id="mine")
    options = {"args": (1,), **other}

    with pytest.raises(Conflict, match="'mine' belongs to a task with other content"):
        a_task(*options.pop("args"), id="mine", **options)

    check_record()


def test_key_order_is_no_content():
    assert a_task({"a": 1, "b": 2}, id="mine").seq == a_task({"b": 2, "a": 1}, id="mine").seq


def test_the_same_instant_in_another_zone_is_no_other_content():
    noon, same = "2030-01-01T12:00:00+00:00", "2030-01-01T13:00:00+01:00"

    first = a_task(1, id="mine", run_after=datetime.fromisoformat(noon))

    assert a_task(1, id="mine", run_after=datetime.fromisoformat(same)).seq == first.seq


def test_a_conflict_takes_the_whole_batch_back():
    a_task(1, id="mine")

    with pytest.raises(Conflict):
        store.create([a_draft(1, id="new"), a_draft(2, id="mine")])

    assert Task.objects.count() == Queue.objects.get().queueing == 1


def test_one_batch_with_one_id_and_two_contents_is_a_conflict():
    with pytest.raises(Conflict):
        store.create([a_draft(1, id="mine"), a_draft(2, id="mine")])

    assert not Task.objects.exists()
    assert not Queue.objects.exists()


def test_a_conflict_inside_a_shared_commit_spoils_no_other_creation():
    a_task(1, id="mine")

    with store.transaction():
        a_task(1, id="before")
        with pytest.raises(Conflict):
            store.create([a_draft(1, id="lost"), a_draft(2, id="mine")])
        a_task(1, id="after")

    assert set(Task.objects.values_list("key", flat=True)) == {"mine", "before", "after"}
    check_record()


def test_nothing_asked_for_is_nothing_created():
    assert store.create([]) == []


def test_a_creation_wakes_the_ventilator_once_it_is_committed(monkeypatch, django_capture_on_commit_callbacks):
    hints = []
    monkeypatch.setattr("backend.tasks.wake.wake", lambda: hints.append("wake"))

    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        a_task(1, id="mine")
        a_task(1, id="mine")
        assert not hints

    assert hints == ["wake"]
    assert len(callbacks) == 1


@pytest.mark.parametrize("year", [1, 999, 9999])
def test_instants_of_any_year_are_kept(year):
    run_after = datetime(year, 6, 1, 12, tzinfo=UTC)

    a_task(1, id="mine", run_after=run_after)

    task = Task.objects.get(key="mine")
    assert task.run_after == run_after
    assert task.due_at == (run_after if year == 9999 else None)


# --- granting


def test_a_grant_writes_fence_holder_and_topic(ventilator):
    task = a_task("é", queue="mail", priority=5)

    (granted,) = ventilator.grant(topic="W3").grants

    assert (granted.task_id, granted.path) == (task.key, "backend.demo.tasks.echo")
    assert (json.loads(granted.args), json.loads(granted.kwargs)) == (["é"], {})
    assert (granted.queue, granted.priority, granted.attempt, granted.holder) == ("mail", 5, 1, X)
    row = Task.objects.get()
    assert (row.fence, row.holder, row.worker_topic, row.status) == (granted.fence, X, "W3", "QUEUEING")


def test_a_granted_task_is_not_granted_again(ventilator):
    a_task(1)
    ventilator.grant()

    assert ventilator.grant(to=Y).grants == ()


def test_a_candidate_and_an_open_grant_know_how_many_bytes_their_arguments_have(ventilator):
    a_task("é" * 10)
    seen: list[Candidate] = []

    def choose(offer: Offer) -> list[Choice]:
        seen.extend(offer)
        return [Choice(seen[0].seq, ventilator.fence(), X, "W1")]

    (granted,) = store.grant(ventilator.epoch, queues=None, limit=5, choose=choose).grants

    (row,) = store.known().grants
    assert [one.size for one in seen] == [granted.size] == [row.size] == [len(granted.args) + len(b"{}")]
    assert granted.size > 20


def test_candidates_come_by_priority_and_then_in_their_order(ventilator):
    keys = [a_task(n, priority=priority).key for n, priority in enumerate((0, 10, -5, 10, 0))]

    granted = [task.task_id for task in ventilator.grant().grants]

    assert granted == [keys[1], keys[3], keys[0], keys[4], keys[2]]


def test_queues_offer_in_one_order_and_more_says_whether_something_is_left(ventilator):
    for queue in ("a", "b"):
        for priority in (1, 2, 3):
            a_task(1, queue=queue, priority=priority)
    offered: list[Candidate] = []

    def all_but(left: int) -> Callable[[Offer], list[Choice]]:
        def choose(offer: Offer) -> list[Choice]:
            offered[:] = islice(offer, 6 - left)
            return [Choice(one.seq, ventilator.fence(), X, "W1") for one in offered]

        return choose

    assert store.grant(ventilator.epoch, queues=None, limit=7, choose=all_but(6)).more
    assert store.grant(ventilator.epoch, queues=None, limit=7, choose=all_but(1)).more
    assert [(one.queue, one.priority) for one in offered] == [("a", 3), ("b", 3), ("a", 2), ("b", 2), ("a", 1)]
    assert not store.grant(ventilator.epoch, queues=None, limit=7, choose=all_but(5)).more


def test_only_the_queues_that_are_served_are_offered(ventilator):
    a_task(1, queue="a")
    mine = a_task(1, queue="b")

    granted = ventilator.grant(queues=frozenset({"b", "c"}))

    assert [task.task_id for task in granted.grants] == [mine.key]
    assert not granted.more
    assert ventilator.grant(queues=frozenset()).grants == ()


def test_a_scheduled_task_is_granted_when_it_is_due_and_not_before(ventilator, clock):
    task = a_task(1, run_after=clock.at + timedelta(seconds=10))
    assert ventilator.grant() == Granted((), 10.0, more=False)

    clock.advance(9.999999)
    assert ventilator.grant().grants == ()

    clock.advance(0.000001)
    (granted,) = ventilator.grant().grants
    assert granted.task_id == task.key


def test_a_scheduled_task_waits_behind_what_was_created_after_it_with_a_higher_priority(ventilator, clock):
    scheduled = a_task(1, run_after=clock.at + timedelta(seconds=1), priority=5)
    urgent, same = a_task(1, priority=6), a_task(1, priority=5)
    clock.advance(1)

    assert [task.task_id for task in ventilator.grant().grants] == [urgent.key, scheduled.key, same.key]


def test_a_clock_that_is_set_back_starts_nothing_early(ventilator, clock):
    a_task(1, run_after=clock.at + timedelta(seconds=10))
    clock.advance(-3600)

    assert ventilator.grant() == Granted((), 3610.0, more=False)


def test_a_run_after_in_the_past_is_due_at_once(ventilator, clock):
    a_task(1, run_after=clock.at - timedelta(days=1))
    a_task(1, run_after=clock.at)

    assert len(ventilator.grant().grants) == 2


def test_many_that_are_due_at_once_all_come(ventilator, clock, monkeypatch):
    monkeypatch.setattr("backend.tasks.engines.sqlite.granting.RIPEN", 2)
    store.create([a_draft(n, run_after=clock.at + timedelta(seconds=n + 1)) for n in range(5)])
    clock.advance(5)

    looks = [ventilator.grant() for _ in range(3)]

    assert [len(look.grants) for look in looks] == [2, 2, 1]
    assert [look.next_due_in for look in looks] == [0.0, 0.0, None]


def test_a_choice_without_a_new_fence_is_a_fault_and_grants_nothing(ventilator):
    task = a_task(1)
    ventilator.grant_one()
    Task.objects.update(holder=None)
    spent = Task.objects.get().fence

    with pytest.raises(AssertionError, match="1 chosen, 0 granted"):
        store.grant(ventilator.epoch, queues=None, limit=9, choose=lambda _: [Choice(task.seq, spent, Y, "W2")])

    assert Task.objects.get().holder is None


def test_an_older_ventilator_may_write_nothing(ventilator):
    a_task(1)
    newer = AVentilator()

    for write in (
        ventilator.grant,
        lambda: store.close(ventilator.epoch, []),
        lambda: store.lose(ventilator.epoch, X, started=frozenset(), slots=1),
        lambda: store.write_workers(ventilator.epoch, []),
    ):
        with pytest.raises(store.NewerEpoch, match="another one has taken over"):
            write()

    assert len(newer.grant().grants) == 1


def test_an_epoch_is_above_every_one_before_and_all_that_was_named(ventilator):
    assert store.raise_epoch(0) == ventilator.epoch + 1
    assert store.raise_epoch(1000) == 1001
    assert store.raise_epoch(7) == 1002
    ventilator.epoch = 1002


def test_a_ventilator_that_was_succeeded_does_not_take_over_by_raising_its_epoch(ventilator):
    assert store.raise_epoch(ventilator.epoch, mine=ventilator.epoch) == ventilator.epoch + 1

    with pytest.raises(store.NewerEpoch):
        store.raise_epoch(1000, mine=ventilator.epoch)

    ventilator.epoch += 1
    ventilator.grant()


# --- closing and losing


@pytest.mark.parametrize("cause", [Cause.UNSENT, Cause.HANDED_BACK])
def test_a_grant_that_moved_on_is_left_alone(ventilator, cause):
    a_task(1)
    grip = ventilator.grant_one()
    stranger = Grip(grip.task_id, grip.fence, Y)
    former = Grip(grip.task_id, grip.fence - 1, X)
    unknown = Grip("nowhere", grip.fence, X)

    store.close(ventilator.epoch, [one.closing(cause) for one in (stranger, former, unknown)])

    assert grip.row().holder == X


def test_a_grant_is_closed_once_though_it_is_named_twice(ventilator):
    a_task(1)
    grip = ventilator.grant_one()

    store.close(ventilator.epoch, [grip.closing(Cause.UNSENT)] * 2)

    assert (grip.row().holder, grip.row().unstarted) == (None, 1)


def test_a_closed_grant_that_runs_is_lost(ventilator):
    a_task(1)
    grip = ventilator.grant_one()
    store.report([grip.started()])

    store.close(ventilator.epoch, [grip.closing(Cause.UNSENT)])

    assert (grip.row().status, grip.row().losses) == ("QUEUEING", 1)


def test_a_report_and_a_closing_that_cross_settle_the_task_once(ventilator):
    for first in ("report", "close"):
        task = a_task(first)
        grip = ventilator.grant_one()
        steps = {
            "report": lambda grip=grip: store.report([grip.succeeded()])[0].value,
            "close": lambda grip=grip: store.close(ventilator.epoch, [grip.closing(Cause.UNSENT)]),
        }

        steps.pop(first)()
        answer = next(iter(steps.values()))()

        task.refresh_from_db()
        expected = ("FINISHED", None) if first == "report" else ("QUEUEING", "STALE")
        assert (task.status, answer) == expected
        if first == "close":
            Task.objects.filter(key=task.key).delete()
            Queue.objects.update(queueing=0)


def test_twenty_grants_that_never_start_are_a_loss_and_sixty_fail_the_task(ventilator):
    task = a_task(1)

    for round_of_twenty in (1, 2, 3):
        for _ in range(20):
            assert (task.losses, task.status) == (round_of_twenty - 1, "QUEUEING")
            store.close(ventilator.epoch, [ventilator.grant_one().closing(Cause.UNSENT)])
            task.refresh_from_db()
        make_due()
        task.refresh_from_db()
        assert (task.losses, task.unstarted, task.attempt) == (round_of_twenty, 0, round_of_twenty)

    assert (task.status, task.reason) == ("FAILED", "LOST")


def test_a_lost_worker_loses_what_it_ran_and_what_it_may_have_begun(ventilator):
    for n in range(6):
        a_task(n)
    grips = [ventilator.grant_one() for _ in range(6)]
    other = a_task("another's")
    kept = ventilator.grant_one(to=Y)
    store.report([grips[3].started()])

    lost = store.lose(ventilator.epoch, X, started=frozenset({grips[5].fence}), slots=3)

    assert lost == Lost(returned=3, lost=3, failed=0)
    losses = [grip.row().losses for grip in grips]
    assert losses == [1, 0, 0, 1, 0, 1], "one slot more than what is known to run: the oldest other grant"
    assert not Task.objects.filter(holder=X).exists()
    assert kept.row().holder == Y
    assert kept.task_id == other.key


def test_a_lost_worker_with_all_slots_known_to_run_loses_nothing_else(ventilator):
    a_task(1), a_task(2)
    first, second = ventilator.grant_one(), ventilator.grant_one()
    store.report([second.started()])

    assert store.lose(ventilator.epoch, X, started=frozenset(), slots=1) == Lost(1, 1, 0)
    assert (first.row().unstarted, first.row().losses) == (1, 0)


def test_the_third_lost_worker_fails_the_task(ventilator):
    task = a_task(1)

    results = []
    for _ in range(3):
        make_due()
        ventilator.grant_one()
        results.append(store.lose(ventilator.epoch, X, started=frozenset(), slots=1))

    assert results == [Lost(0, 1, 0), Lost(0, 1, 0), Lost(0, 0, 1)]
    task.refresh_from_db()
    assert (task.status, task.reason) == ("FAILED", "LOST")


def test_losing_a_worker_that_holds_nothing_is_nothing(ventilator):
    assert store.lose(ventilator.epoch, "nobody", started=frozenset(), slots=4) == Lost(0, 0, 0)


# --- reports


def test_a_report_of_an_unknown_task_is_unknown(ventilator):
    a_task(1)
    grip = ventilator.grant_one()

    answers = store.report([Grip("nowhere", grip.fence, X).succeeded(), grip.succeeded()])

    assert answers == ["UNKNOWN", "APPLIED"]


def test_no_report_is_no_answer(ventilator):
    assert store.report([]) == []


def test_a_result_that_could_not_be_read_again_is_refused_and_spoils_no_other(ventilator):
    for n in range(4):
        a_task(n)
    deep, bad, flat, good = (ventilator.grant_one() for _ in range(4))
    nested = b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1)

    reports = [deep.succeeded(nested), bad.succeeded(b'"\xff"'), flat.succeeded(nested[1:-1]), good.succeeded(b"3")]

    assert store.report(reports) == ["REFUSED", "REFUSED", "APPLIED", "APPLIED"]
    assert store.report(reports) == ["DUPLICATE"] * 4
    assert "nested more than" in deep.row().error
    assert "UTF-8" in bad.row().error
    assert (deep.row().status, deep.row().reason) == ("FAILED", "ERROR")


def test_a_refused_report_under_a_current_fence_fails_the_task_with_the_refusal(ventilator):
    a_task(1)
    grip = ventilator.grant_one()
    stale = {"task_id": grip.task_id, "fence": grip.fence - 1, "incarnation": X, "worker": "W1", "why": "unreadable"}

    assert store.refuse(**stale) == "STALE"
    assert store.refuse(**{**stale, "task_id": "nowhere"}) == "UNKNOWN"
    assert store.refuse(**{**stale, "fence": grip.fence}) == "REFUSED"
    assert store.refuse(**{**stale, "fence": grip.fence}) == "DUPLICATE"

    row = grip.row()
    assert (row.status, row.reason) == ("FAILED", "ERROR")
    assert row.error == "the worker's report was refused: unreadable"


# --- workers, and what is open


def test_a_worker_keeps_its_counters_and_a_new_one_at_its_seat_starts_anew(ventilator):
    a_task(1)
    store.report([ventilator.grant_one().succeeded()])
    ventilator.seat(state="DRAINING")
    assert Worker.objects.get().succeeded == 1

    ventilator.seat(Y)

    worker = Worker.objects.get()
    assert (worker.incarnation, worker.succeeded, worker.state) == (Y, 0, "READY")


def test_a_row_without_a_beat_leaves_the_time_of_the_last_one(ventilator, clock):
    ventilator.seat()
    last = clock.at
    clock.advance(60)

    silent = WorkerRow("W1", X, "a worker", "localhost", 1, ("*",), 1, "LOST", beat=False)
    store.write_workers(ventilator.epoch, [silent])

    worker = Worker.objects.get()
    assert (worker.state, worker.last_beat_at, worker.queues) == ("LOST", last, ["*"])


def test_a_worker_that_is_gone_leaves_the_record(ventilator):
    ventilator.seat(Y, "W2")

    ventilator.seat(state="GONE")

    assert [worker.topic for worker in Worker.objects.all()] == ["W2"]


def test_a_new_ventilator_knows_everything_that_is_open(ventilator):
    for n in range(3):
        a_task(n, queue="mail", priority=n)
    grips = [ventilator.grant_one() for _ in range(2)]
    store.report([grips[1].started()])

    known = store.known()

    assert [(worker.topic, worker.incarnation, worker.queues) for worker in known.workers] == [("W1", X, ("*",))]
    assert [(grant.task_id, grant.fence, grant.holder, grant.started, grant.priority) for grant in known.grants] == [
        (grips[0].task_id, grips[0].fence, X, False, 2),
        (grips[1].task_id, grips[1].fence, X, True, 1),
    ]


# --- what ended stays


@pytest.mark.parametrize("status", ["FAILED", "FINISHED"])
def test_the_database_refuses_to_change_a_task_that_has_ended(ventilator, status):
    a_task(1)
    grip = ventilator.grant_one()
    store.report([grip.failed() if status == "FAILED" else grip.succeeded()])

    with pytest.raises(IntegrityError, match="a task that has ended does not change"), transaction.atomic():
        Task.objects.update(error="edited")

    assert grip.row().status == status


# --- any JSON goes through unchanged

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=-(10**60), max_value=10**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=json_values)
def test_any_json_goes_through_the_record_unchanged(ventilator, value):
    result = echo.enqueue(value)

    (granted,) = ventilator.grant().grants
    assert json.loads(granted.args) == [value]
    report = AttemptSucceeded(
        task_id=granted.task_id,
        attempt=1,
        fence=granted.fence,
        worker="W1",
        incarnation=X,
        ran=0.0,
        result=Raw(json.dumps(json.loads(granted.args)[0], ensure_ascii=False).encode()),
    )
    assert store.report([report]) == ["APPLIED"]

    read = echo.get_result(result.id)
    assert [read.return_value] == read.args == [value]
    assert repr(read.return_value) == repr(value), "1 stays 1 and 1.0 stays 1.0"
    assert Attempt.objects.get(task__key=result.id).outcome == "SUCCEEDED"
