"""However many tasks a query finds, it asks the database as often."""

import pytest
from pytest_django.fixtures import DjangoAssertNumQueries

from backend.tasks import models
from tests.backend.api.conftest import NOW, Run, a_lost_task, a_running_task, a_task, a_worker


@pytest.mark.parametrize(
    ("fields", "queries"),
    [
        ("id status name queue createdAt startedAt finishedAt attempt reason", 2),
        ("id startedAt firstStartedAt", 2),
        ("id attempts { number error }", 3),
        ("id worker { topic name }", 3),
        ("id worker { topic current pending }", 4),
        ("id worker { topic tasks { id } }", 4),
        ("id args", 3),
        ("id waiting estimatedStartAt", 6),
        ("id events { at kind }", 4),
        ("id attempts { log { text } }", 4),
        ("id progress { fraction } maxAttempts timeout expiresAt", 2),
    ],
)
@pytest.mark.parametrize("tasks", [1, 6])
def test_tasks(run: Run, django_assert_num_queries: DjangoAssertNumQueries, fields: str, queries: int, tasks: int):
    workers = [a_worker(f"W{number}") for number in range(1, 4)]
    for number in range(tasks):
        a_running_task(workers[number % 3])
        a_task()

    with django_assert_num_queries(queries):
        found = run(f"{{ tasks(first: 500) {{ nodes {{ {fields} }} }} }}")

    assert len(found.data["tasks"]["nodes"]) == 2 * tasks


@pytest.mark.parametrize("tasks", [1, 6])
def test_when_those_that_were_tried_again_first_started(
    run: Run, django_assert_num_queries: DjangoAssertNumQueries, tasks: int
):
    worker = a_worker("W1")
    for _ in range(tasks):
        a_running_task(worker)
    models.Task.objects.update(attempt=2)
    for _ in range(tasks):
        a_running_task(worker)
        a_task()

    with django_assert_num_queries(3):
        found = run("{ tasks(first: 500) { nodes { firstStartedAt } } }")

    assert len(found.data["tasks"]["nodes"]) == 3 * tasks


def test_the_page_with_its_counts(run: Run, django_assert_num_queries: DjangoAssertNumQueries):
    for _ in range(3):
        a_task()

    with django_assert_num_queries(3):
        run("{ tasks(first: 2) { nodes { id } pageInfo { hasNextPage hasPreviousPage } counts { queueing failed } } }")


def test_counts_alone_read_no_page(run: Run, django_assert_num_queries: DjangoAssertNumQueries):
    a_task()

    for which in ("first: 0", "first: 50", 'filter: {queue: ["default", "none"]}'):
        with django_assert_num_queries(1):
            found = run(f"{{ tasks({which}) {{ counts {{ queueing finished }} }} }}")
        assert found.data == {"tasks": {"counts": {"queueing": 1, "finished": 0}}}


def test_who_waits_in_several_lists_is_told_of_the_workers_that_were_read_once(
    run: Run, django_assert_num_queries: DjangoAssertNumQueries
):
    a_running_task(a_worker("W1"))
    a_task()
    a_task()
    newest, older = ("tasks(first: 1) { nodes { waiting } }", "tasks(last: 2) { nodes { waiting } }")

    with django_assert_num_queries(10):
        found = run(f"{{ {newest} older: {older} workers {{ topic current }} }}").data

    busy = "{} its queue{}, and the one slot that serves the queue is busy."
    assert found["tasks"]["nodes"] == [{"waiting": busy.format("1 task of", " is ahead of it")}]
    assert found["older"]["nodes"] == [{"waiting": busy.format("It is next in", "")}, {"waiting": None}]
    assert found["workers"] == [{"topic": "W1", "current": 1}]


@pytest.mark.parametrize("workers", [1, 12])
def test_workers(run: Run, django_assert_num_queries: DjangoAssertNumQueries, workers: int):
    for number in range(1, workers + 1):
        a_running_task(a_worker(f"W{number}"))

    with django_assert_num_queries(4):
        run("{ workers { topic current pending tasks { id attempts { number } } } }")


@pytest.mark.parametrize("workers", [1, 200])
def test_what_was_lost_with_workers(run: Run, django_assert_num_queries: DjangoAssertNumQueries, workers: int):
    for number in range(1, workers + 1):
        a_lost_task(a_worker(f"W{number}", state="LOST"), status="FINISHED", worker_topic="W1")

    with django_assert_num_queries(2):
        found = run("{ workers { topic lostTasks { id status } } }")
    with django_assert_num_queries(4):
        run("{ workers { topic lostTasks(first: 6) { id args worker { topic } } } }")

    assert [len(worker["lostTasks"]) for worker in found.data["workers"]] == [1] * workers


def test_workers_that_are_there_are_not_asked_what_was_lost_with_them(
    run: Run, django_assert_num_queries: DjangoAssertNumQueries
):
    a_lost_task(a_worker("W1"))

    with django_assert_num_queries(1):
        found = run("{ workers { topic lostTasks { id } } }")

    assert found.data["workers"] == [{"topic": "W1", "lostTasks": []}]


@pytest.mark.parametrize("number", [1, 12])
def test_queues(run: Run, django_assert_num_queries: DjangoAssertNumQueries, number: int):
    for place in range(number):
        a_task(queue=f"q{place}")

    with django_assert_num_queries(2):
        run("{ queues { name queueing oldestQueuedAt } }")


@pytest.mark.parametrize("number", [1, 12])
def test_figures_of_queues(run: Run, django_assert_num_queries: DjangoAssertNumQueries, number: int):
    for place in range(number):
        a_task(queue=f"q{place}")

    with django_assert_num_queries(3):
        run("{ queues { name stats(lastCounted: true) { created ran { p95 } minutes { at created } } } }")


def test_figures_of_task_functions(run: Run, django_assert_num_queries: DjangoAssertNumQueries):
    a_task()

    with django_assert_num_queries(2):
        run("{ taskTypes { name stats { created minutes { at } } day: stats(minutes: 1440) { waited { p50 } } } }")


@pytest.mark.parametrize("number", [1, 12])
def test_failure_groups(run: Run, django_assert_num_queries: DjangoAssertNumQueries, number: int):
    worker = a_worker("W1")
    for place in range(number):
        a_task(status="FAILED", reason="ERROR", failure_key=f"{place}", finished_at=NOW, holder=None)
    a_running_task(worker)

    with django_assert_num_queries(7):
        run("{ failureGroups { title frame count names sample { id attempts { error } } minutes { at failed } } }")


def test_creating_many_asks_no_more_than_creating_one(run: Run, django_assert_num_queries: DjangoAssertNumQueries):
    text = "mutation($tasks: [TaskInput!]!) { createTasks(tasks: $tasks) { tasks { id status } } }"
    run(text, tasks=[{"name": "add", "args": [1, 1]}])

    with django_assert_num_queries(7):
        run(text, tasks=[{"name": "add", "args": [1, 1]}])
    with django_assert_num_queries(7):
        run(text, tasks=[{"name": "add", "args": [n, n]} for n in range(700)])
