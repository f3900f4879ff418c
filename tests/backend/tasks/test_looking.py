"""How many tasks are looked at for a page, by which index, and that none is passed over."""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.db.models import Q
from django.db.models.sql.compiler import SQLCompiler
from msgspec.structs import replace
from pytest_django import DjangoDbBlocker

from backend.tasks import looking, overview, pages
from backend.tasks.drafts import draft
from backend.tasks.lifecycle import Reason, Status
from backend.tasks.models import Task
from backend.tasks.pages import Order, OrderField, Page, Place, place
from backend.tasks.selectors import TaskFilter
from backend.tasks.store import create
from tests.support.filled import filled

pytestmark = pytest.mark.django_db

MANY = 48
LIMIT = 17
"""Of a page, so that there are some: of a look that ends early, and of one that is full."""

NOW = datetime(2026, 11, 21, 22, 4, tzinfo=UTC)
ORDERS = [Order(field, descending=descending) for field in OrderField for descending in (True, False)]
FILTERS = [
    TaskFilter(),
    TaskFilter(status=[Status.FAILED]),
    TaskFilter(status=[Status.QUEUEING, Status.FINISHED]),
    TaskFilter(reason=[Reason.ERROR, Reason.CANCELLED]),
    TaskFilter(name=["echo"]),
    TaskFilter(name=["backend.demo.tasks.add", "sleep"]),
    TaskFilter(queue=["mail", "none"]),
    TaskFilter(worker=["W1", "W2"]),
    TaskFilter(failure=["one"]),
    TaskFilter(failure=["one", "two"], name=["echo"]),
    TaskFilter(created_after=NOW + timedelta(minutes=20), created_before=NOW + timedelta(minutes=37)),
    TaskFilter(created_after=NOW + timedelta(days=1)),
    TaskFilter(status=[Status.RUNNING], created_before=NOW + timedelta(minutes=37)),
    TaskFilter(status=[Status.FAILED], queue=["mail"], worker=["W1"]),
    TaskFilter(queue=["mail"], name=["echo"], created_after=NOW + timedelta(minutes=13)),
    TaskFilter(reason=[Reason.ERROR, Reason.CANCELLED], worker=["W1", "W2"], name=["backend.demo.tasks.echo"]),
]


@pytest.fixture(scope="module", autouse=True)
def _tasks(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with filled(django_db_blocker):
        _fill()
        yield


def _fill() -> None:
    """Tasks of every kind, one created each minute."""
    # With this seed every filter but the one from tomorrow fits four tasks or more.
    chance = random.Random(38)
    drafts = []
    for n in range(MANY):
        name, queue = chance.choice(["echo", "add"]), chance.choice(["mail", "default"])
        priority = chance.choice([0, 0, 0, 7, -3])
        drafts.append(draft(name=name, args=[n] * (1 + (name == "add")), queue=queue, priority=priority))
    for n, task in enumerate(create(drafts)):
        status = chance.choice(list(Status))
        ended = status in (Status.FAILED, Status.FINISHED)
        reason = chance.choice([Reason.ERROR, Reason.CANCELLED]) if status is Status.FAILED else None
        started = reason is not Reason.CANCELLED and status is not Status.QUEUEING
        Task.objects.filter(seq=task.seq).update(
            status=status,
            reason=reason,
            failure_key=chance.choice(["one", "two"]) if reason is Reason.ERROR else None,
            worker_topic=chance.choice(["W1", "W2", None]),
            created_at=NOW + timedelta(minutes=n),
            started_at=NOW + timedelta(minutes=chance.randrange(50)) if started else None,
            finished_at=NOW + timedelta(minutes=50 + chance.randrange(50)) if ended else None,
        )


@pytest.fixture(params=["few", "bounded"])
def sizes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Whether what a filter leads to counts as few, or only so many tasks are looked at for a page."""
    if request.param == "bounded":
        monkeypatch.setattr(looking, "FEW", 2)
        monkeypatch.setattr(looking, "ROWS", 20)
        monkeypatch.setattr(looking, "BLOCK", 4)
    return str(request.param)


def _orders(sizes: str) -> list[Order]:
    """What is few is all there when it is sorted, by whichever filter it was found: not each with each."""
    return ORDERS if sizes == "bounded" else [ORDERS[place] for place in (0, 3, 4, 7)]


def _expected(chosen: TaskFilter, order: Order) -> list[int]:
    def value(task: Task) -> Any:
        return place(task, order.field).value

    tasks = list(Task.objects.filter(chosen.where()).order_by("-seq" if order.descending else "seq"))
    if order.field is OrderField.CREATED:
        return [task.seq for task in tasks]
    there = sorted((task for task in tasks if value(task) is not None), key=value, reverse=order.descending)
    return [task.seq for task in there] + [task.seq for task in tasks if value(task) is None]


def _edge(page: Page, order: Order, *, last: bool) -> Place:
    if page.stopped is not None:
        return page.stopped
    return place(page.tasks[-1 if last else 0], order.field)


@pytest.mark.parametrize("chosen", FILTERS, ids=str)
def test_pages_meet_every_task_that_fits_once_and_in_order_from_either_end(chosen: TaskFilter, sizes: str):
    for order in _orders(sizes):
        expected = _expected(chosen, order)

        forwards = _walked(chosen, order, None)
        backwards: list[int] = []
        page = pages.page(chosen, order, limit=LIMIT, from_end=True)
        while True:
            backwards = [task.seq for task in page.tasks] + backwards
            if not page.more_before:
                break
            page = pages.page(chosen, order, limit=LIMIT, from_end=True, before=_edge(page, order, last=False))

        assert forwards == backwards == expected, order


def test_a_page_looks_at_so_many_tasks_and_says_where_it_ended(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(looking, "ROWS", 20)
    monkeypatch.setattr(looking, "BLOCK", 10)
    nowhere = TaskFilter(search="Lindwurm")
    newest = Task.objects.order_by("-seq").values_list("seq", flat=True)[0]

    page = pages.page(nowhere, limit=5)

    assert (page.tasks, page.more_after) == ([], True)
    assert page.stopped is not None
    assert 20 <= newest - page.stopped.seq + 1 <= 30
    assert page.stopped.seq % 10 == 0
    assert page.looked_back_to == Task.objects.get(seq=page.stopped.seq).created_at


def test_where_a_look_ends_stays_as_it_is_when_a_task_is_created(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(looking, "ROWS", 20)
    monkeypatch.setattr(looking, "BLOCK", 10)
    while Task.objects.order_by("-seq").values_list("seq", flat=True)[0] % 10 != 4:
        create([draft(name="add", args=[1, 2])])
    before = pages.page(TaskFilter(search="Lindwurm"), limit=5).stopped

    create([draft(name="add", args=[1, 2])])

    assert before is not None
    assert pages.page(TaskFilter(search="Lindwurm"), limit=5).stopped == before


def test_tasks_created_after_the_clock_was_put_back_are_found(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(looking, "FEW", 2)
    for minutes in (5, 6, 7, 8):
        (task,) = create([draft(name="add", args=[1, 2])])
        Task.objects.filter(seq=task.seq).update(created_at=NOW + timedelta(minutes=minutes))
    between = TaskFilter(created_after=NOW + timedelta(minutes=6), created_before=NOW + timedelta(minutes=8))

    for order in ORDERS:
        assert [task.seq for task in pages.page(between, order, limit=50).tasks] == _expected(between, order)
        assert len(_expected(between, order)) == 4


def test_the_task_with_the_id_that_is_searched_for_is_the_first_page_and_on_no_other(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(looking, "ROWS", 5)
    (old,) = create([draft(name="add", args=[1, 2], id="the-one")])
    mentions = create([draft(name="echo", args=[f"after the-one {n}"]) for n in range(3)])
    create([draft(name="add", args=[1, 2]) for _ in range(2_000)])
    chosen = TaskFilter(search="the-one")

    for order in ORDERS:
        first = pages.page(chosen, order, limit=2)
        assert ([task.key for task in first.tasks], first.more_before, first.more_after) == (["the-one"], False, True)
        assert pages.page(chosen, order, limit=1, from_end=True).tasks == [old]
        beginning = pages.beginning(order.field)
        assert pages.page(chosen, order, limit=2, from_end=True, before=beginning).tasks == []

        others = _walked(chosen, order, beginning)
        assert others == _expected(replace(chosen, but="the-one"), order)
        assert set(others) == {task.seq for task in mentions}


def test_an_id_whose_task_the_rest_of_the_filter_does_not_fit_is_a_text_like_any_other():
    create([draft(name="add", args=[1, 2], id="the-one", queue="mail")])

    page = pages.page(TaskFilter(search="the-one", queue=["default"]), limit=5)

    assert (page.tasks, page.named, page.more_after) == ([], False, False)


def test_a_search_beside_a_filter_looks_only_through_what_that_leads_to(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(looking, "ROWS", 5)
    monkeypatch.setattr(looking, "BLOCK", 1)
    (old,) = create([draft(name="echo", args=["Lindwurm"], queue="rare")])
    create([draft(name="add", args=[1, 2]) for _ in range(20)])

    assert pages.page(TaskFilter(search="lindwurm"), limit=5).looked_back_to is not None
    page = pages.page(TaskFilter(search="lindwurm", queue=["rare"]), limit=5)
    assert (page.tasks, page.more_after, page.looked_back_to) == ([old], False, None)


def _walked(chosen: TaskFilter, order: Order, after: Place | None) -> list[int]:
    met: list[int] = []
    while True:
        page = pages.page(chosen, order, limit=LIMIT, after=after)
        met += [task.seq for task in page.tasks]
        if not page.more_after:
            return met
        after = _edge(page, order, last=True)


def _plans(asking: Callable[[], object]) -> Iterator[tuple[str, str]]:
    """Each query that is asked, with the plan that SQLite has for it."""
    asked: list[tuple[str, Any]] = []

    def taken(execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        asked.append((sql, parameters))
        return execute(sql, parameters, many, context)

    with connection.execute_wrapper(taken):
        asking()
    with connection.cursor() as cursor:
        for sql, parameters in asked:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}", parameters)
            yield sql, " / ".join(str(row[-1]) for row in cursor.fetchall())


@pytest.mark.parametrize(
    "chosen", [*FILTERS, TaskFilter(search="echo"), TaskFilter(queue=["mail"], search="echo")], ids=str
)
def test_no_page_sorts_the_record_or_goes_through_all_of_it(chosen: TaskFilter, sizes: str):
    middle = Task.objects.order_by("seq")[MANY // 2]
    for order in _orders(sizes):
        edge = place(middle, order.field)
        variants: list[dict[str, Any]] = [{}, {"after": edge}, {"before": edge, "from_end": True}, {"from_end": True}]
        for places in variants:
            for sql, plan in _plans(partial(pages.page, chosen, order, limit=5, **places)):
                # What is read in the order of its number is read no further than anybody asks.
                by_number = "ORDER BY 1 " in sql or 'ORDER BY "zonda_task"."seq"' in sql
                assert by_number or "SCAN zonda_task" not in plan.replace("SCAN zonda_task USING", ""), (sql, plan)
                assert "TEMP B-TREE" not in plan, (sql, plan)
                assert "OFFSET" not in sql


def test_of_the_tasks_that_are_looked_at_no_value_is_converted(monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object) -> None:
        raise AssertionError

    wanted = [Q(), Q(queue="mail") & ~Q(name="add")]
    expected = [[task.seq for task in Task.objects.filter(fits).order_by("-seq")] for fits in wanted]
    monkeypatch.setattr(SQLCompiler, "apply_converters", refuse)

    for fits, seqs in zip(wanted, expected, strict=True):
        with looking.rows([Q()], fits, ("-seq",)) as found:
            assert [seq for seq, _, fit in found if fit] == seqs


@pytest.mark.parametrize("few", [2, 3_000])
def test_a_function_is_found_by_its_path_and_not_another_one_of_the_same_name(
    few: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(looking, "FEW", few)
    tasks = create([draft(name="echo", args=[n], queue="rare") for n in range(6)])
    Task.objects.filter(seq__in=[task.seq for task in tasks[:3]]).update(path="shop.tasks.echo")

    page = pages.page(TaskFilter(name=["shop.tasks.echo"], queue=["rare"]), limit=9)

    assert [task.seq for task in page.tasks] == [task.seq for task in tasks[2::-1]]


@pytest.mark.parametrize(
    ("chosen", "led_by", "asked"),
    [
        (TaskFilter(queue=["mail"], name=["echo"]), "COVERING INDEX zonda_task_name (name=?)", "queue"),
        (TaskFilter(status=[Status.FAILED], queue=["mail"]), "COVERING INDEX zonda_task_status (status=?)", "queue"),
        (TaskFilter(worker=["W1"], name=["echo"]), "INDEX zonda_task_worker (worker_topic=?)", "name"),
        (TaskFilter(reason=[Reason.ERROR], worker=["W1"]), "INDEX zonda_task_reason (reason=?)", "worker_topic"),
    ],
    ids=str,
)
def test_what_another_index_knows_of_the_tasks_that_are_looked_at_is_not_read_from_their_rows(
    chosen: TaskFilter, led_by: str, asked: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(looking, "FEW", 2)

    (plan,) = [plan for sql, plan in _plans(partial(pages.page, chosen, limit=5)) if "fits" in sql]

    steps = plan.split(" / ")
    assert steps[0] == f"SEARCH zonda_task USING {led_by}"
    assert steps[-1].startswith("SEARCH U0 USING COVERING INDEX ")
    assert steps[-1].endswith(f"({asked}=? AND seq>? AND seq<?)")


def test_what_is_told_of_failures_is_read_from_their_index():
    (groups, _, names) = list(_plans(lambda: overview.failure_groups(50)))

    for sql, plan in (groups, names):
        assert "USING COVERING INDEX zonda_task_kind" in plan, (sql, plan)


def test_size_counts_what_the_part_with_the_fewest_tasks_leads_to():
    of_mail = Task.objects.filter(queue="mail").count()

    assert looking.size(TaskFilter(queue=["mail"]), 1000) == of_mail
    assert looking.size(TaskFilter(queue=["mail"], name=["no"]), 1000) == 0
    assert looking.size(replace(TaskFilter(search="x"), queue=["mail"]), 3) == 4
    assert looking.size(TaskFilter(search="x"), 1000) == MANY
