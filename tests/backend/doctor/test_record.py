"""Each invariant of the record, broken by hand, and seen by the doctor."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.db.models import F
from msgspec.structs import replace

from backend.doctor import record
from backend.tasks import store
from backend.tasks.models import Attempt, Epoch, Event, LogLine, Queue, Revision, Settled, Task, Tombstone, Worker
from backend.ventilator.choosing import BEYOND_SLOTS
from tests.support.filled import filled
from tests.support.record import AVentilator, a_draft, a_task

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def life(django_db_setup, django_db_blocker):
    """A record with a task of every kind, in order but for the guard of ended tasks: what puts that back."""
    with filled(django_db_blocker):
        yield lived()


def lived():
    ventilator = AVentilator()
    ventilator.seat()
    a_task(id="ran")
    store.report([ventilator.grant_one().succeeded()])
    a_task(id="failed")
    store.report([ventilator.grant_one().failed()])
    store.create([a_draft(id="again", max_attempts=3)])
    store.report([ventilator.grant_one().failed()])
    Task.objects.filter(key="again").update(due_at=None)
    store.report([ventilator.grant_one().started()])
    a_task(id="anew")
    store.report([ventilator.grant_one().failed()])
    store.retry(["anew"])
    store.report([ventilator.grant_one().succeeded()])
    a_task(id="long-due", run_after=datetime(1, 1, 1, tzinfo=UTC))
    store.report([ventilator.grant_one().succeeded()])
    a_task(id="lasting", expires_at=datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))
    store.report([ventilator.grant_one().succeeded()])
    a_task(id="cancelled")
    store.cancel(["cancelled"])
    store.create([replace(a_draft(id="rejected"), rejection="There is no such task function.")])
    a_task(id="granted")
    ventilator.grant_one()
    a_task(id="waiting")
    with connection.cursor() as cursor:
        cursor.execute("SELECT sql FROM sqlite_master WHERE name = 'zonda_task_terminal'")
        (guard,) = cursor.fetchone()
        cursor.execute("DROP TRIGGER zonda_task_terminal")
    return guard


def found(*numbers):
    """What every check finds, or those with one of these numbers: {number: [what]}."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA defer_foreign_keys = ON")
    checks = [check for check in (*record.CHECKS, *record.DATABASE) if not numbers or check.number in numbers]
    return {check.number: [f.what for f in found] for check in checks if (found := list(check.look()))}


def put_back(guard):
    with connection.cursor() as cursor:
        cursor.execute(guard)


def task(key):
    return Task.objects.filter(key=key)


def test_a_record_in_order_has_nothing_wrong(life):
    put_back(life)

    assert found() == {}


def an_attempt_more(key, **columns):
    (row,) = task(key)
    of_task = {"number": 9, "fence": row.fence + 9000, "worker": "W1", "incarnation": "x", "outcome": "FAILED"}
    Attempt.objects.create(task=row, started_at=row.created_at, **{**of_task, **columns})


def an_orphan():
    (row,) = task("ran")
    LogLine.objects.create(task_id=row.seq + 1000, fence=5, number=1, at=row.created_at, stream="stdout", text="")
    Event.objects.create(task_id=row.seq + 1000, at=row.created_at, kind="retried")


def a_late_start(seconds):
    (row,) = task("ran")
    started = Attempt.objects.get(task=row).started_at
    assert started is not None
    task("ran").update(expires_at=started - timedelta(seconds=seconds))


def an_early_start():
    task("ran").update(run_after=F("finished_at") + timedelta(hours=1))


def of_another_epoch():
    Attempt.objects.update(fence=F("fence") + 2**40)


def of(key):
    return Attempt.objects.filter(task__key=key)


def won_twice():
    an_attempt_more("ran", number=2, outcome="SUCCEEDED")
    task("ran").update(attempt=2)


def falling_fences():
    first, second = of("anew").order_by("number")
    of("anew").filter(number=1).update(fence=second.fence + 2**20)
    of("anew").filter(number=2).update(fence=first.fence)
    task("anew").update(fence=second.fence + 2**20)


def often(outcome, many):
    for number in range(2, many + 2):
        an_attempt_more("failed", number=number, outcome=outcome, fence=(1 << 33) + number)


def started_when_cancelled():
    (row,) = task("ran")
    Event.objects.create(task=row, at=row.created_at - timedelta(hours=1), kind="cancelled")


def started_when_retried():
    """What was cancelled, and then wanted again."""
    (row,) = task("ran")
    for minutes, kind in ((60, "cancelled"), (50, "retried")):
        Event.objects.create(task=row, at=row.created_at - timedelta(minutes=minutes), kind=kind)


def far_off():
    return datetime.now(UTC) + timedelta(hours=1)


def a_tombstone():
    Tombstone.objects.create(key="x", revision=2**40, at=datetime.now(UTC))


BREACHES = {
    "ended without end": ("I4", "have ended and say not when", lambda: task("ran").update(finished_at=None)),
    "ended with holder": ("I4", "are still held", lambda: task("ran").update(holder="incarnation-x")),
    "failed without reason": ("I4", "have failed without a reason", lambda: task("failed").update(reason=None)),
    "reason without failure": ("I4", "without having failed", lambda: task("ran").update(reason="ERROR")),
    "end without ending": (
        "I4",
        "say when they ended, and",
        lambda: task("waiting").update(finished_at=F("created_at")),
    ),
    "success undone": ("I4", "no last attempt that is SUCCEEDED", lambda: of("ran").update(outcome="FAILED")),
    "error undone": ("I4", "no last attempt that is FAILED", lambda: of("failed").update(outcome="LOST")),
    "error by timeout": ("I4", "no last attempt that is TIMED_OUT", lambda: task("failed").update(reason="TIMEOUT")),
    "error by loss": ("I4", "no last attempt that is LOST", lambda: task("failed").update(reason="LOST")),
    "won without trying": ("I4", "no last attempt that is SUCCEEDED", lambda: of("ran").delete()),
    "won twice": ("I4", "more often than there were rounds", won_twice),
    "rejected and run": ("I4", "were rejected and have", lambda: task("failed").update(reason="REJECTED")),
    "fence of another epoch": ("I5", "above that of epoch", lambda: Epoch.objects.update(value=0)),
    "attempt of another epoch": (
        "I5",
        "attempts that have a fence",
        of_another_epoch,
    ),
    "fence twice": ("I5", "share their fence", lambda: task("ran").update(fence=task("failed").get().fence)),
    "fence unheard of": ("I5", "never had", lambda: task("ran").update(fence=F("fence") - 1)),
    "falling fences": ("I5", "no higher fence", falling_fences),
    "run under another grant": ("I5", "another grant", lambda: task("again").update(fence=F("fence") + 1)),
    "run by another worker": ("I5", "another grant", lambda: task("again").update(holder="incarnation-y")),
    "tries without attempts": ("I6", "than attempts", lambda: task("failed").update(max_attempts=9, tries=2)),
    "one try too many": (
        "I6",
        "by themselves too often",
        lambda: [often("FAILED", 1), task("failed").update(attempt=2)],
    ),
    "one loss too many": ("I6", "3 lost attempts", lambda: [often("LOST", 4), task("failed").update(attempt=5)]),
    "tried too often": ("I6", "tried more often", lambda: task("ran").update(tries=2)),
    "lost too often": ("I6", "lost more than 3", lambda: task("ran").update(losses=4)),
    "no loss left": ("I6", "no attempt left", lambda: task("waiting").update(losses=3)),
    "no attempt left": ("I6", "no attempt left", lambda: task("waiting").update(tries=1)),
    "a gap": ("I7", "without gaps", lambda: an_attempt_more("failed")),
    "an attempt missing": ("I7", "as many attempts", lambda: task("ran").update(attempt=2)),
    "two open": ("I7", "more than one", lambda: an_attempt_more("again", number=3, outcome=None)),
    "runs without": ("I7", "run without", lambda: Attempt.objects.filter(outcome=None).update(outcome="FAILED")),
    "open without running": ("I7", "do not run", lambda: an_attempt_more("ran", number=2, outcome=None)),
    "started too early": (
        "I8",
        "before their task was due",
        an_early_start,
    ),
    "started too late": ("I8", "after their task had expired", lambda: a_late_start(61)),
    "granted too early": ("I8", "before they are due", lambda: task("granted").update(run_after=far_off())),
    "grantable too early": ("I8", "before they are due", lambda: task("waiting").update(run_after=far_off())),
    "a pause over too early": (
        "I8",
        "before they are due",
        lambda: task("waiting").update(run_after=far_off(), due_at=far_off() - timedelta(minutes=1)),
    ),
    "due and held": ("I8", "do not wait", lambda: task("granted").update(due_at=F("created_at"))),
    "cancelled and waiting": ("I10", "wait all the same", lambda: task("waiting").update(cancelling=True)),
    "started when cancelled": ("I10", "had been cancelled", started_when_cancelled),
    "ended before its start": (
        "I12",
        "before they started",
        lambda: of("ran").update(finished_at=F("started_at") - timedelta(seconds=1)),
    ),
    "ended at no time": ("I12", "say not when", lambda: of("ran").update(finished_at=None)),
    "open without a start": ("I12", "have not ended", lambda: of("again").filter(outcome=None).update(started_at=None)),
    "open with an end": (
        "I12",
        "have not ended",
        lambda: of("again").filter(outcome=None).update(finished_at=F("started_at")),
    ),
    "holder lost": ("L3", "that is lost", lambda: Worker.objects.update(state="LOST")),
    "runs without holder": ("L3", "nobody has them", lambda: task("again").update(holder=None)),
    "holder unknown": ("L3", "nobody knows", lambda: Worker.objects.all().delete()),
    "a status unheard of": ("I4", "status that there is not", lambda: task("waiting").update(status="BOGUS")),
    "a reason unheard of": ("I4", "reason that there is not", lambda: task("failed").update(reason="BOGUS")),
    "an outcome unheard of": (
        "I4",
        "outcome that there is not",
        lambda: of("again").filter(number=1).update(outcome="X"),
    ),
    "a result lost": ("I4", "have no result", lambda: task("ran").update(result=None)),
    "finished unstarted": ("I4", "when they started", lambda: task("ran").update(started_at=None)),
    "failed without a word": ("I4", "tasks that have failed without a word", lambda: task("failed").update(error=None)),
    "an attempt without a word": ("I4", "attempts that have failed without", lambda: of("failed").update(error=None)),
    "failed with a result": ("I4", "have a result", lambda: task("failed").update(result=3)),
    "ended before created": (
        "I4",
        "before they were created",
        lambda: task("ran").update(finished_at=F("created_at") - timedelta(hours=1)),
    ),
    "arguments of no array": ("calls", "args that are no JSON array", lambda: task("waiting").update(args={})),
    "names of no object": ("calls", "kwargs that are no JSON object", lambda: task("waiting").update(kwargs=[])),
    "due at another time": ("I8", "another time than runAfter", lambda: task("waiting").update(due_at=far_off())),
    "a pause of years": (
        "I8",
        "longer than any pause",
        lambda: task("again").update(due_at=far_off() + timedelta(days=3650), status="QUEUEING", holder=None),
    ),
    "a try forgotten": ("I6", "than their attempts show", lambda: task("again").update(tries=0)),
    "a counter off": ("counters", "not what they count", lambda: Queue.objects.update(failed=7)),
    "fewer created than there": ("counters", "not what they count", lambda: Queue.objects.update(created=1)),
    "a queue without counters": ("counters", "not what they count", lambda: Queue.objects.all().delete()),
    "a total fallen": ("totals", "below what is there", lambda: Settled.objects.update(total=0)),
    "a total missing": ("totals", "below what is there", lambda: Settled.objects.all().delete()),
    "a revision above": ("revisions", "mirror lags", lambda: task("ran").update(revision=F("revision") + 2**30)),
    "a tombstone above": (
        "revisions",
        "tombstones",
        a_tombstone,
    ),
    "no revision": ("revisions", "mirror lags", lambda: Revision.objects.all().delete()),
    "an orphan": ("references", "2 rows refer", an_orphan),
}


@pytest.mark.parametrize(("number", "words", "do"), BREACHES.values(), ids=BREACHES)
def test_a_breach_is_caught_by_its_check(life, number, words, do):
    do()
    put_back(life)

    what = found(number)

    assert any(words in one for one in what.get(number, [])), what
    if number == "references":
        LogLine.objects.filter(fence=5).delete()
        Event.objects.all().delete()


def test_the_guard_of_ended_tasks_is_missed_when_it_is_gone():
    assert found() == {"I4": ["the database does not refuse to change a task that has ended"]}


def test_more_than_a_worker_has_room_for_is_caught(life):
    put_back(life)
    ventilator = AVentilator()
    store.create([a_draft(n) for n in range(BEYOND_SLOTS)])
    ventilator.grant(1000)

    assert found() == {"I11": ["1 workers have been granted more than their slots and 256 tasks"]}


def test_a_start_soon_after_the_expiry_is_the_grants_way_to_the_worker(life):
    a_late_start(30)
    put_back(life)

    assert found() == {}


def test_a_start_after_a_retry_by_hand_is_none_after_the_cancel_before_it(life):
    started_when_retried()
    put_back(life)

    assert found() == {}


def test_where_it_is_and_what_to_do_is_said(life):
    put_back(life)
    task("waiting").update(cancelling=True)

    ((finding,),) = [found for check in record.CHECKS if (found := list(check.look()))]

    assert (finding.what, finding.where) == ("tasks that were cancelled and wait all the same: 1", ["task waiting"])
    assert "copy" in finding.do


def test_of_many_places_a_few_are_named(life):
    put_back(life)
    store.create([a_draft(n) for n in range(10)])
    Task.objects.filter(status="QUEUEING", holder=None).update(cancelling=True)

    ((finding,),) = [found for check in record.CHECKS if (found := list(check.look()))]

    assert len(finding.where) == 6
    assert finding.where[-1] == "6 more"


SEEN_ELSEWHERE = {"I3", "schema"}
"""By test_schema.py: they are broken by changing the tables themselves."""


def test_every_check_is_seen_to_catch_something():
    numbers = {number for number, _, _ in BREACHES.values()} | {"I11", "integrity"} | SEEN_ELSEWHERE

    assert numbers == {check.number for check in (*record.CHECKS, *record.DATABASE)}
