from typing import Any

import pytest
from django.db import OperationalError

from backend.api.mutations import MAX_TASKS
from backend.tasks import models, store
from tests.backend.api.conftest import Run, a_worker

CREATE = (
    "mutation($name: String!, $args: JSON, $kwargs: JSON, $id: ID, $queue: String, $priority: Int, $runAfter: DateTime)"
    " { createTask(name: $name, args: $args, kwargs: $kwargs, id: $id, queue: $queue, priority: $priority,"
    " runAfter: $runAfter) { id status args kwargs queue priority runAfter } }"
)
CREATE_MANY = "mutation($tasks: [TaskInput!]!) { createTasks(tasks: $tasks) { created tasks { id status } } }"


def test_a_task_is_created_and_waits(run: Run):
    found = run(
        CREATE,
        name="add",
        args=[1],
        kwargs={"b": 2},
        id="mine",
        queue="mail",
        priority=-7,
        runAfter="2030-01-01T01:00:00+01:00",
    )

    assert found.errors == []
    assert found.data["createTask"] == {
        "id": "mine",
        "status": "QUEUEING",
        "args": [1],
        "kwargs": {"b": 2},
        "queue": "mail",
        "priority": -7,
        "runAfter": "2030-01-01T00:00:00Z",
    }
    assert models.Task.objects.get().key == "mine"


def test_arguments_work_as_a_literal_too(run: Run):
    found = run('mutation { createTask(name: "echo", args: [{a: [1, 2.5, "x", null, true]}]) { args } }')

    assert found.data["createTask"]["args"] == [{"a": [1, 2.5, "x", None, True]}]


def test_a_large_integer_stays_exact(run: Run):
    number = 123456789012345678901234567890

    found = run(CREATE, name="echo", args=[number])

    assert found.data["createTask"]["args"] == [number]
    assert models.Task.objects.get().args == [number]


def test_the_same_id_with_the_same_content_is_the_same_task(run: Run):
    first = run(CREATE, name="add", args=[1, 2], id="mine")
    again = run(CREATE, name="add", args=[1, 2], id="mine")
    other = run(CREATE, name="add", args=[1, 3], id="mine")

    assert first.data == again.data
    assert other.code == "CONFLICT"
    assert models.Task.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "code", "says"),
    [
        ({"name": "ad"}, "UNKNOWN_TASK", "add"),
        ({"name": "add", "args": [1]}, "BAD_ARGUMENTS", "'b'"),
        ({"name": "add", "args": [1, 2, 3]}, "BAD_ARGUMENTS", "3"),
        ({"name": "add", "args": [1, "two"]}, "BAD_ARGUMENTS", "'b'"),
        ({"name": "add", "args": {"a": 1}}, "BAD_INPUT", "args"),
        ({"name": "add", "kwargs": [1]}, "BAD_INPUT", "kwargs"),
        ({"name": "add", "args": [1, 2], "queue": "Mail!"}, "BAD_INPUT", "queue"),
        ({"name": "add", "args": [1, 2], "priority": 101}, "BAD_INPUT", "priority"),
        ({"name": "add", "args": [1, 2], "runAfter": "2030-01-01T00:00:00"}, "BAD_INPUT", "runAfter"),
        ({"name": "add", "args": [1, 2], "runAfter": "soon"}, "BAD_INPUT", "runAfter"),
        ({"name": "add", "args": [1, 2], "id": "a b"}, "BAD_INPUT", "id"),
        ({"name": "echo", "args": ["x" * 2 * 1024 * 1024]}, "TOO_LARGE", "ZONDA_MAX_PAYLOAD"),
        ({"name": "add", "args": [1, 2], "priority": 1.5}, "BAD_INPUT", "priority"),
        ({"name": "add", "args": [1, 2], "priority": "1"}, "BAD_INPUT", "priority"),
    ],
)
def test_bad_input_is_refused_with_its_code_and_what_is_wrong(run: Run, given: Any, code: str, says: str):
    found = run(CREATE, **given)

    assert found.code == code
    assert says in found.error["message"]
    assert not models.Task.objects.exists()


def test_of_many_tasks_it_is_told_how_many_were_there_before(run: Run):
    query = "mutation($tasks: [TaskInput!]!) { createTasks(tasks: $tasks) { created existing } }"
    tasks = [{"name": "add", "args": [n, n], "id": f"t{n}"} for n in range(5)]

    first = run(query, tasks=tasks[:3])
    again = run(query, tasks=tasks)

    assert first.data["createTasks"] == {"created": 3, "existing": 0}
    assert again.data["createTasks"] == {"created": 5, "existing": 3}


def test_many_tasks_are_created_in_their_order(run: Run):
    found = run(CREATE_MANY, tasks=[{"name": "add", "args": [n, n], "id": f"t{n}"} for n in range(20)])

    assert found.data["createTasks"]["created"] == 20
    assert [task["id"] for task in found.data["createTasks"]["tasks"]] == [f"t{n}" for n in range(20)]
    assert [task.key for task in models.Task.objects.order_by("seq")] == [f"t{n}" for n in range(20)]


@pytest.mark.parametrize(
    ("third", "code"),
    [
        ({"name": "ad"}, "UNKNOWN_TASK"),
        ({"name": "add", "args": []}, "BAD_ARGUMENTS"),
        ({"name": "add", "args": [5, 5], "id": "t0"}, "CONFLICT"),
        ({"name": "add", "args": [5, 5], "priority": 500}, "BAD_INPUT"),
    ],
)
def test_one_bad_task_of_many_is_named_and_none_is_created(run: Run, third: Any, code: str):
    good = [{"name": "add", "args": [n, n], "id": f"t{n}"} for n in range(2)]

    found = run(CREATE_MANY, tasks=[*good, third])

    assert found.code == code
    assert found.error["message"].startswith("tasks[2]: ")
    assert found.error["extensions"]["index"] == 2
    assert not models.Task.objects.exists()


def test_a_task_in_a_queue_that_there_is_no_room_for_is_named_and_none_is_created(
    run: Run, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(store.queues, "QUEUES_AT_MOST", 1)
    good = {"name": "add", "args": [1, 2]}

    found = run(CREATE_MANY, tasks=[good, good, {**good, "queue": "mail"}])
    alone = run(CREATE, **good, queue="mail")

    assert (found.code, found.error["extensions"]["index"]) == ("TOO_LARGE", 2)
    assert "'mail' would be one more than 1 queues" in found.error["message"]
    assert alone.data["createTask"]["queue"] == "mail"
    assert models.Task.objects.count() == 1


def test_more_tasks_than_one_request_takes_are_refused(run: Run):
    found = run(CREATE_MANY, tasks=[{"name": "add"}] * (MAX_TASKS + 1))

    assert found.code == "TOO_LARGE"
    assert (found.error["extensions"]["size"], found.error["extensions"]["limit"]) == (MAX_TASKS + 1, MAX_TASKS)


def test_a_refused_field_leaves_the_others_of_its_request(run: Run):
    found = run('mutation { a: createTask(name: "add", args: [1, 2]) { id } }')
    both = run(
        'mutation { a: createTasks(tasks: [{name: "add", args: [1, 2], id: "a"}]) { created } '
        'b: createTask(name: "add", args: [9, 9], id: "a") { id } }'
    )

    assert found.errors == []
    assert both.code == "CONFLICT"
    assert models.Task.objects.filter(key="a").exists()


def test_an_unexpected_error_is_masked_and_logged(
    run: Run, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def fail(*_: Any) -> None:
        raise RuntimeError("secret /path")

    monkeypatch.setattr(store, "create", fail)

    found = run(CREATE, name="add", args=[1, 2])

    assert (found.status, found.code, found.error["message"]) == (500, "INTERNAL", "Internal error")
    assert "secret" not in str(found)
    assert [vars(record)["request"] for record in caplog.records] == [found.error["extensions"]["requestId"]]
    assert "secret /path" in caplog.text


def test_a_record_that_cannot_be_reached_is_unavailable(run: Run, monkeypatch: pytest.MonkeyPatch):
    def fail(*_: Any) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(store, "create", fail)

    found = run(CREATE, name="add", args=[1, 2])

    assert (found.status, found.code) == (503, "UNAVAILABLE")
    assert "locked" not in str(found)


# --- what people do ---------------------------------------------------------------------------------------------------


def test_the_limits_of_a_task_are_what_was_asked_for_or_its_function_s_own(run: Run):
    text = """mutation($name: String!, $timeout: Float, $maxAttempts: Int, $expiresAt: DateTime) {
      createTask(name: $name, args: [1, 2], timeout: $timeout, maxAttempts: $maxAttempts, expiresAt: $expiresAt) {
        timeout maxAttempts expiresAt round tries cancelling progress { fraction message } dueAt } }"""
    own = {"round": 1, "tries": 0, "cancelling": False, "progress": None, "dueAt": None}

    asked = run(text, name="add", timeout=1.5, maxAttempts=3, expiresAt="2030-01-01T00:00:00Z")
    assert asked.data["createTask"] == {**own, "timeout": 1.5, "maxAttempts": 3, "expiresAt": "2030-01-01T00:00:00Z"}
    plain = run(text, name="add")
    assert plain.data["createTask"] == {**own, "timeout": None, "maxAttempts": 1, "expiresAt": None}


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"timeout": 0}, "timeout: 0.0 is not a number of seconds above 0"),
        ({"timeout": -1}, "timeout: -1.0 is not"),
        ({"timeout": 1e300}, "of at most 3.1536e+07"),
        ({"maxAttempts": 0}, "maxAttempts: 0 is outside 1 to 1000"),
        ({"expiresAt": "2030-01-01T00:00:00"}, "expiresAt: 2030-01-01T00:00:00 has no time zone"),
        ({"expiresAt": "2030-01-01T00:00:00Z", "runAfter": "2031-01-01T00:00:00Z"}, "expiresAt: 2030-01-01"),
    ],
)
def test_a_limit_that_cannot_be_is_refused(run: Run, wrong: dict[str, Any], says: str):
    found = run(
        "mutation($timeout: Float, $maxAttempts: Int, $expiresAt: DateTime, $runAfter: DateTime) { createTask("
        'name: "add", args: [1, 2], timeout: $timeout, maxAttempts: $maxAttempts, expiresAt: $expiresAt, '
        "runAfter: $runAfter) { id } }",
        **wrong,
    )

    assert found.code == "BAD_INPUT"
    assert says in found.error["message"]


def test_tasks_are_cancelled_retried_and_deleted_by_id_and_by_filter(run: Run):
    ids = [run(CREATE, name="add", args=[1, 2], queue="mail").data["createTask"]["id"] for _ in range(3)]
    ask = "mutation($ids: [ID!], $filter: TaskFilter) { done: %s(ids: $ids, filter: $filter) { count } }"

    assert run(ask % "cancelTasks", ids=ids[:1]).data == {"done": {"count": 1}}
    assert run(ask % "cancelTasks", filter={"queue": ["mail"]}).data == {"done": {"count": 2}}
    assert run(ask % "retryTasks", ids=ids[:2]).data == {"done": {"count": 2}}
    assert run(ask % "deleteTasks", filter={"status": ["FAILED"]}).data == {"done": {"count": 1}}
    assert models.Task.objects.count() == 2


@pytest.mark.parametrize(
    ("mutation", "variables", "code"),
    [
        ("cancelTasks", {}, "BAD_INPUT"),
        ("retryTasks", {"ids": ["a"], "filter": {}}, "BAD_INPUT"),
        ("deleteTasks", {"ids": ["nobody"]}, "NOT_FOUND"),
        ("cancelTasks", {"ids": ["nobody"]}, "NOT_FOUND"),
        ("retryTasks", {"ids": ["x"] * 10_001}, "BAD_INPUT"),
        ("retryTasks", {"filter": {"createdAfter": "2030-01-01T00:00:00"}}, "BAD_INPUT"),
        ("deleteTasks", {"filter": {}}, "BAD_INPUT"),
        ("deleteTasks", {"filter": {"search": "  ", "name": []}}, "BAD_INPUT"),
        ("deleteTasks", {"filter": {"search": "\0"}}, "BAD_INPUT"),
    ],
)
def test_it_must_be_said_which_tasks(run: Run, mutation: str, variables: dict[str, Any], code: str):
    found = run(
        f"mutation($ids: [ID!], $filter: TaskFilter) {{ {mutation}(ids: $ids, filter: $filter) {{ count }} }}",
        **variables,
    )

    assert found.code == code


def test_a_queue_is_paused_with_its_reason_and_resumed(run: Run):
    run(CREATE, name="add", args=[1, 2], queue="mail")
    fields = "{ name paused pauseReason queueing running oldestQueuedAt }"

    paused = run(f'mutation {{ pauseQueue(name: "mail", reason: "no paper") {fields} }}').data["pauseQueue"]
    assert paused["oldestQueuedAt"] is not None
    assert {**paused, "oldestQueuedAt": None} == {
        "name": "mail",
        "paused": True,
        "pauseReason": "no paper",
        "queueing": 1,
        "running": 0,
        "oldestQueuedAt": None,
    }
    resumed = run(f'mutation {{ resumeQueue(name: "mail") {fields} }}').data["resumeQueue"]
    assert (resumed["paused"], resumed["pauseReason"]) == (False, None)
    assert run('mutation { resumeQueue(name: "never") { name } }').code == "NOT_FOUND"
    assert run('mutation { pauseQueue(name: "No Such") { name } }').code == "BAD_INPUT"


def test_a_worker_is_asked_to_drain(run: Run):
    a_worker("W2")

    assert run('mutation { drainWorker(topic: "W2") { topic state } }').data["drainWorker"]["topic"] == "W2"
    assert models.Worker.objects.get().drain_asked
    assert run('mutation { drainWorker(topic: "W3") { topic } }').code == "NOT_FOUND"


def test_what_a_mutation_creates_is_told_of_the_workers_as_the_one_before_left_them(run: Run):
    a_worker("W1")

    text = (
        'mutation { before: createTask(name: "add", args: [1, 2]) { waiting } drainWorker(topic: "W1") { topic }'
        ' after: createTask(name: "add", args: [3, 4]) { waiting } }'
    )
    found = run(text).data

    assert found["before"]["waiting"] == "A worker has room for it, and it is about to start."
    assert found["after"]["waiting"] == "No worker takes tasks of its queue default now: W1 is draining."


def test_what_is_asked_for_twice_in_one_call_is_one_task(run: Run):
    same = {"name": "add", "args": [1, 2], "id": "mine"}
    text = "mutation($tasks: [TaskInput!]!) { createTasks(tasks: $tasks) { created existing tasks { id } } }"

    first = run(text, tasks=[same, same]).data["createTasks"]
    again = run(text, tasks=[same]).data["createTasks"]

    assert first == {"created": 1, "existing": 0, "tasks": [{"id": "mine"}, {"id": "mine"}]}
    assert (again["created"], again["existing"]) == (1, 1)


def test_a_queue_that_is_not_there_is_told_where_to_look(run: Run):
    assert "the query queues lists them" in run('mutation { resumeQueue(name: "never") { name } }').error["message"]
