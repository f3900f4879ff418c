"""What tasks were given and gave back goes out as the text that the record has of it, and with a bound."""

import json
from typing import Any

import pytest
from django.db import connection

from backend.api import values
from backend.api.answer import Media
from backend.api.documents import prepare
from backend.api.execution import Call, execute
from backend.api.schema import schema
from backend.tasks import models
from backend.tasks.texts import texts
from tests.backend.api.conftest import Run, a_task

EXACT = '{"z":1,"a":[0.10000000000000000555,123456789012345678901234567890,1e400,"\\ud83d"]}'


def answer(text: str, **limit: int) -> bytes:
    call = Call(prepare(text, schema.graphql_schema), {}, None, Media.RESPONSE)
    return execute(schema.graphql_schema, call, **limit).body


def stored(**columns: str) -> models.Task:
    """A task that is FINISHED, and whose columns have these texts in the record."""
    task = a_task()
    changes = ", ".join(f"{column} = %s" for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE zonda_task SET {changes}, status = 'FINISHED' WHERE seq = %s", [*columns.values(), task.seq]
        )
    return task


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["{tasks{nodes{%s}}}", '{task(id:"%s"){%s}}', "{tasks{edges{node{%s}}}}"])
def test_json_goes_out_as_it_stands_in_the_record(query: str):
    task = stored(args=f"[{EXACT}]", kwargs=EXACT, result=EXACT)
    fields = (task.key, "args kwargs result")

    found = answer(query % fields[-query.count("%s") :]).decode()

    assert f'"args":[{EXACT}],"kwargs":{EXACT},"result":{EXACT}' in found


def test_the_result_null_and_no_result_are_both_null(run: Run):
    stored(result="null")
    a_task()

    assert run("{ tasks { nodes { result } } }").data["tasks"]["nodes"] == [{"result": None}] * 2


def test_nothing_of_it_becomes_python_objects(run: Run, monkeypatch: pytest.MonkeyPatch):
    stored(args="[1, 2]", result="3")

    def decoded(*_: Any) -> None:
        raise AssertionError("decoded")

    for column in ("args", "kwargs", "result"):
        monkeypatch.setattr(models.Task._meta.get_field(column), "from_db_value", decoded)

    nodes = run("{ tasks { nodes { args kwargs result } } }").data["tasks"]["nodes"]

    assert nodes == [{"args": [1, 2], "kwargs": {}, "result": 3}]


def test_a_task_that_is_there_is_told_of_by_its_creation_too(run: Run):
    create = 'mutation { createTask(name: "add", args: [1, 2], id: "a") { args result } }'
    first = run(create)
    models.Task.objects.filter(key="a").update(status="FINISHED", result=3)

    assert first.data["createTask"] == {"args": [1, 2], "result": None}
    assert run(create).data["createTask"] == {"args": [1, 2], "result": 3}


def test_a_mutation_tells_of_a_task_as_it_is_by_then(run: Run):
    run('mutation { createTask(name: "add", args: [1, 2], id: "a") { id } }')
    models.Task.objects.filter(key="a").update(status="FINISHED", result=3)
    models.Queue.objects.update(queueing=0, finished=1)
    same = 'createTask(name: "add", args: [1, 2], id: "a") { result }'

    found = run(f'mutation {{ before: {same} retryTasks(ids: ["a"]) {{ count }} after: {same} }}')

    assert found.data == {"before": {"result": 3}, "retryTasks": {"count": 1}, "after": {"result": None}}


TEN = "[12345678]"


@pytest.mark.parametrize(
    "query",
    [
        "{ tasks { nodes { id args } } }",
        "{ tasks { nodes { id result } } }",
        "{ a: tasks(first: 2) { nodes { result } } b: tasks(last: 3) { nodes { result } } }",
        "{ tasks(first: 1) { nodes { a: args b: args c: args d: args e: args } } }",
        "{ tasks(first: 2) { nodes { args kwargs result } } }",
    ],
)
@pytest.mark.django_db
def test_an_answer_of_too_many_bytes_is_refused_as_a_whole(query: str):
    for _ in range(5):
        stored(args=TEN, kwargs='{"a": 1234}', result=TEN)

    found = json.loads(answer(query, answered_at_most=49))

    (error,) = found["errors"]
    assert found["data"] is None
    assert error["extensions"]["code"] == "TOO_COMPLEX"
    assert error["extensions"]["limit"] == 49
    assert "more than 49 bytes" in error["message"]


@pytest.mark.django_db
def test_an_answer_may_have_as_many_bytes_as_the_limit():
    for _ in range(5):
        stored(args=TEN)

    found = json.loads(answer("{ tasks { nodes { args } } }", answered_at_most=50))

    assert found["data"]["tasks"]["nodes"] == [{"args": [12345678]}] * 5


@pytest.mark.django_db
def test_of_one_list_only_what_is_asked_for_counts():
    for _ in range(5):
        stored(args=TEN)
    newest = stored(args=TEN)

    found = json.loads(
        answer(f'{{ tasks {{ nodes {{ id }} }} task(id: "{newest.key}") {{ args }} }}', answered_at_most=10)
    )

    assert found["data"]["task"] == {"args": [12345678]}


@pytest.mark.django_db
def test_no_more_is_read_than_may_be_answered(monkeypatch: pytest.MonkeyPatch):
    for _ in range(9):
        stored(args=TEN)
    read: list[int] = []

    def counted(*asked: Any) -> Any:
        for seq, text in texts(*asked):
            read.append(seq)
            yield seq, text

    monkeypatch.setattr(values, "texts", counted)

    answer("{ tasks { nodes { result args } } }", answered_at_most=25)

    assert len(read) == 9 + 3


@pytest.mark.django_db
def test_a_mutation_that_tells_too_much_has_done_its_work():
    found = json.loads(answer('mutation { createTask(name: "echo", args: ["long"]) { args } }', answered_at_most=5))

    assert found["errors"][0]["extensions"]["code"] == "TOO_COMPLEX"
    assert models.Task.objects.get().args == ["long"]
