"""What is counted by the minute, from the store's writes to the figures that are read of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext
from msgspec.structs import replace
from pytest_django.fixtures import DjangoAssertNumQueries

from backend.tasks import minutes, store
from backend.tasks.asking import asked
from backend.tasks.engines.sqlite import SQLite
from backend.tasks.grants import Closing
from backend.tasks.lifecycle import Cause
from backend.tasks.minutes import MINUTE, Counted, MinuteCounted, Percentiles, Stats, Window
from backend.tasks.models import Tally, Task
from tests.support.record import AVentilator, Grip, X, a_draft, a_task, make_due, tallied
from wire import codec

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 21, 22, 4, 30, tzinfo=UTC)
LAST = NOW.replace(second=0)
ECHO, ADD = "backend.demo.tasks.echo", "backend.demo.tasks.add"


class Clock:
    """The record's, moved by hand."""

    def __init__(self) -> None:
        self.at = NOW

    def advance(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(SQLite, "now", lambda _: found.at)
    return found


def _counted(stats: Counted) -> tuple[int, int, int]:
    return stats.created, stats.finished, stats.failed


def _about(seconds: float, count: int) -> Percentiles:
    """Of so many spans that all lasted so long."""
    about: Any = pytest.approx(seconds, rel=0.1)
    return Percentiles(count, about, about)


def _tally(at: datetime, what: str, total: int, *, queue: str = "", path: str = "", bucket: int = 0) -> None:
    Tally.objects.create(at=at, queue=queue, path=path, what=what, bucket=bucket, total=total)


# --- windows


def test_every_minute_of_the_window_is_there_up_to_the_present_one():
    _tally(LAST, "created", 1)
    _tally(LAST - 2 * MINUTE, "finished", 2)
    _tally(LAST - 2 * MINUTE, "failed", 3)
    _tally(LAST - 3 * MINUTE, "created", 9)
    _tally(LAST + MINUTE, "created", 9)

    assert minutes.of_record(minutes.window(3, NOW)) == Stats(
        created=1,
        finished=2,
        failed=3,
        minutes=[
            MinuteCounted(at=LAST - 2 * MINUTE, finished=2, failed=3),
            MinuteCounted(at=LAST - MINUTE),
            MinuteCounted(at=LAST, created=1),
        ],
    )


def test_a_window_up_to_the_last_that_was_counted_stays_while_nothing_is():
    _tally(LAST, "created", 1)
    _tally(LAST + timedelta(days=1), "created", 1)

    windows = [minutes.window(2, NOW + later, last_counted=True) for later in (timedelta(0), timedelta(hours=9))]

    assert windows == [Window(2, LAST)] * 2
    assert minutes.window(2, NOW + timedelta(hours=9)).last == LAST + timedelta(hours=9)


def test_a_window_of_an_empty_record_is_up_to_the_present_minute():
    assert minutes.window(2, NOW, last_counted=True) == Window(2, LAST)


# --- what the store counts


def test_what_is_created_and_ends_is_counted_of_the_whole_of_its_queue_and_of_its_function(
    ventilator: AVentilator, clock: Clock
):
    a_task(queue="mail")
    a_task(1, 2, name="add", queue="mail")
    a_task()
    clock.advance(60)
    grips = [ventilator.grant_one() for _ in range(3)]
    store.report([grips[0].succeeded(), grips[1].failed(), grips[2].succeeded()])
    window = minutes.window(2, clock.at)

    whole = minutes.of_record(window)
    assert (_counted(whole), [_counted(minute) for minute in whole.minutes]) == ((3, 2, 1), [(3, 0, 0), (0, 2, 1)])
    assert {
        name: _counted(stats) for name, stats in minutes.of_queues(window, {"mail", "default", "none"}).items()
    } == {
        "mail": (2, 1, 1),
        "default": (1, 1, 0),
        "none": (0, 0, 0),
    }
    assert {path: _counted(stats) for path, stats in minutes.of_paths(window, [ECHO, ADD]).items()} == {
        ECHO: (2, 2, 0),
        ADD: (1, 0, 1),
    }


@pytest.mark.parametrize(
    ("queue", "name", "created"),
    [
        ("mail", None, 2),
        (None, "echo", 2),
        (None, ECHO, 2),
        ("mail", "add", 1),
        ("default", "add", 0),
        (None, "cho", 0),
        (None, "tasks.echo", 0),
        ("", None, 0),
        (None, "", 0),
        (None, "%echo", 0),
        (None, "Echo", 0),
    ],
)
def test_one_queue_or_one_function_is_asked_for(queue: str | None, name: str | None, created: int, clock: Clock):
    a_task(queue="mail")
    a_task(1, 2, name="add", queue="mail")
    a_task()

    assert minutes.of_record(minutes.window(1, clock.at), queue=queue, name=name).created == created


def test_a_task_waits_from_when_it_was_created_to_its_first_start_and_runs_as_its_worker_says(
    ventilator: AVentilator, clock: Clock
):
    a_task()
    grip = ventilator.grant_one()
    clock.advance(20)
    store.report([grip.started()])
    clock.advance(100)
    store.report([grip.succeeded(ran=7.0)])

    stats = minutes.of_record(minutes.window(3, clock.at))

    assert (stats.waited, stats.ran) == (_about(20, 1), _about(7, 1))
    assert [minute.waited for minute in stats.minutes] == [_about(20, 1), None, None]
    assert [minute.ran for minute in stats.minutes] == [None, None, _about(7, 1)]


def test_a_start_and_its_outcome_in_one_batch_are_told_by_how_long_it_ran(ventilator: AVentilator, clock: Clock):
    a_task()
    grip = ventilator.grant_one()
    clock.advance(20)
    store.report([grip.started(), grip.succeeded(ran=5.0)])

    stats = minutes.of_record(minutes.window(1, clock.at))

    assert (stats.waited, stats.ran) == (_about(15, 1), _about(5, 1))


def test_a_scheduled_task_waits_from_when_it_is_due(ventilator: AVentilator, clock: Clock):
    a_task(run_after=clock.at + timedelta(seconds=600))
    clock.advance(603)
    store.report([ventilator.grant_one().started()])

    assert minutes.of_record(minutes.window(1, clock.at)).waited == _about(3, 1)


def test_only_the_very_first_start_ends_a_wait_and_every_attempt_runs(ventilator: AVentilator, clock: Clock):
    task = a_task(max_attempts=2)
    for _ in range(2):
        grip = ventilator.grant_one()
        store.report([grip.started()])
        store.report([grip.failed(ran=2.0)])
        make_due()
    store.retry([task.key])
    clock.advance(5)
    store.report([ventilator.grant_one().succeeded(ran=2.0)])

    stats = minutes.of_record(minutes.window(1, clock.at))

    assert (stats.waited and stats.waited.count, stats.ran) == (1, _about(2, 3))
    assert _counted(stats) == (1, 1, 1)


def test_a_retried_task_that_never_started_tells_nothing_of_its_wait(ventilator: AVentilator, clock: Clock):
    task = a_task()
    store.cancel([task.key])
    clock.advance(5000)
    store.retry([task.key])
    store.report([ventilator.grant_one().started()])

    assert minutes.of_record(minutes.window(1, clock.at)).waited is None


def test_of_an_attempt_of_which_nobody_tells_nothing_is_counted_but_its_end(ventilator: AVentilator, clock: Clock):
    a_task()
    for _ in range(3):
        grip = ventilator.grant_one()
        store.lose(ventilator.epoch, X, started=frozenset({grip.fence}), slots=1)
        make_due()

    stats = minutes.of_record(minutes.window(1, clock.at))

    assert (_counted(stats), stats.waited, stats.ran) == ((1, 0, 1), None, None)


def test_a_grant_that_comes_back_is_not_counted(ventilator: AVentilator, clock: Clock):
    a_task()
    grip = ventilator.grant_one()
    store.close(ventilator.epoch, [Closing(grip.fence, X, grip.task_id, Cause.HANDED_BACK)])

    assert tallied() == {"created": 1}


def test_a_clock_that_is_put_back_makes_no_span_less_than_none(ventilator: AVentilator, clock: Clock):
    a_task()
    grip = ventilator.grant_one()
    clock.advance(-86400)
    store.report([grip.started()])
    clock.advance(-86400)
    store.report([grip.succeeded(ran=3.0)])

    assert minutes.of_record(minutes.window(1440, NOW)).created == 1
    assert minutes.of_record(minutes.window(1, NOW - timedelta(days=1))).waited == _about(0.0001, 1)
    assert minutes.of_record(minutes.window(1, NOW - timedelta(days=2))).ran == _about(3, 1)


def test_what_is_rejected_is_created_and_fails(clock: Clock):
    ([ask], _) = codec.tasks_decoder.decode(b'{"task": "nosuch"}')
    store.take_in([asked(ask, b"")])

    stats = minutes.of_record(minutes.window(1, clock.at), name="nosuch")

    assert (_counted(stats), stats.waited) == ((1, 0, 1), None)


def test_the_whole_is_the_sum_of_its_parts(ventilator: AVentilator, clock: Clock):
    for number in range(9):
        a_task("x", queue=f"q{number % 4}", name="echo" if number % 2 else "word_count", id=f"{number}")
    for number in range(9):
        grip = ventilator.grant_one()
        clock.advance(17)
        store.report([grip.started(), grip.succeeded(ran=number) if number % 3 else grip.failed(ran=number)])

    parts, whole = (
        list(rows.values_list("at", "what", "bucket").annotate(Sum("total")).order_by("at", "what", "bucket"))
        for rows in (Tally.objects.exclude(queue=""), Tally.objects.filter(queue=""))
    )

    assert parts == whole
    assert len(parts) > 20


@pytest.mark.parametrize("number", [2, 300])
def test_a_batch_is_counted_in_one_statement(
    django_assert_num_queries: DjangoAssertNumQueries, ventilator: AVentilator, number: int
):
    store.create([a_draft(n, queue=f"q{n % 7}") for n in range(number)])
    grips = [Grip(one.task_id, one.fence, one.holder) for one in ventilator.grant(number).grants]

    with django_assert_num_queries(11):
        store.report([grip.succeeded(ran=1.0) for grip in grips])

    assert tallied() == dict.fromkeys(("created", "finished", "waited", "ran"), number)
    assert Tally.objects.exclude(queue="").aggregate(all=Sum("total")) == {"all": 4 * number}


# --- reads


@pytest.mark.parametrize("number", [1, 40])
def test_figures_of_any_number_cost_one_query(django_assert_num_queries: DjangoAssertNumQueries, number: int):
    queues = [f"q{n}" for n in range(number)]
    for queue in queues:
        a_task(queue=queue)
    window = minutes.window(15, datetime.now(UTC))

    with django_assert_num_queries(1):
        assert all(stats.created == 1 for stats in minutes.of_queues(window, queues).values())
    with django_assert_num_queries(1):
        assert minutes.of_paths(window, [ECHO, ADD])[ECHO].created == number


def test_the_whole_alone_is_the_same_and_is_not_read_minute_by_minute(ventilator: AVentilator, clock: Clock):
    for number in range(6):
        a_task("x", queue=f"q{number % 2}", name="echo" if number % 3 else "word_count")
        clock.advance(40)
        grip = ventilator.grant_one()
        store.report([grip.started(), grip.succeeded(ran=number) if number % 2 else grip.failed(ran=number)])
    window = minutes.window(15, clock.at)

    def found(*, by_minute: bool) -> list[Stats]:
        return [
            minutes.of_record(window, by_minute=by_minute),
            minutes.of_record(window, queue="q1", name="echo", by_minute=by_minute),
            *minutes.of_queues(window, ["q0", "q1", "none"], by_minute=by_minute).values(),
            *minutes.of_paths(window, [ECHO, ADD], by_minute=by_minute).values(),
        ]

    each = found(by_minute=True)
    with CaptureQueriesContext(connection) as queries:
        whole = found(by_minute=False)

    assert whole == [replace(stats, minutes=()) for stats in each]
    assert [stats.created for stats in whole] == [6, 2, 3, 3, 0, 4, 0]
    read = [query["sql"].partition(" FROM ")[0] for query in queries]
    assert ['"at"' in columns for columns in read] == [False] * 4


def test_failures_are_counted_by_kind_and_minute_as_long_as_they_stand(ventilator: AVentilator, clock: Clock):
    for seconds, error in ((0, "ValueError: row 1"), (60, "ValueError: row 2"), (1, "ValueError: 3"), (60, "KeyError")):
        clock.advance(seconds)
        a_task()
        store.report([ventilator.grant_one().failed(error)])
    keys = [str(task.failure_key) for task in Task.objects.order_by("seq")]

    found = minutes.of_failures(minutes.window(2, clock.at), {*keys, "other"})

    assert found == {
        keys[0]: {LAST + MINUTE: 1},
        keys[2]: {LAST + MINUTE: 1},
        keys[3]: {LAST + 2 * MINUTE: 1},
        "other": {},
    }
    store.retry([Task.objects.order_by("seq")[1].key])
    assert minutes.of_failures(minutes.window(3, clock.at), [keys[0]]) == {keys[0]: {LAST: 1}}


def test_what_others_have_is_not_looked_at(ventilator: AVentilator):
    a_task()
    store.report([ventilator.grant_one().failed()])
    steps: list[str] = []

    def look(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        with connection.cursor() as cursor:
            cursor.cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)  # past this wrapper
            steps.extend(row[3] for row in cursor.cursor.fetchall() if "TEMP B-TREE" not in row[3])
        return execute(sql, params, many, context)

    window = minutes.window(15, datetime.now(UTC))
    with connection.execute_wrapper(look):
        minutes.of_record(window)
        minutes.of_record(window, queue="mail")
        minutes.of_failures(window, ["one", "other"])

    assert steps == [
        "SEARCH zonda_tally USING PRIMARY KEY (at=? AND queue=? AND path=?)",
        "SEARCH zonda_tally USING PRIMARY KEY (at=? AND queue=?)",
        "SEARCH zonda_task USING COVERING INDEX zonda_task_kind (failure_key=? AND finished_at>? AND finished_at<?)",
    ]
