import uuid
from datetime import UTC, datetime

import pytest

from client import BadAddress, Client, Draft, Filter, Status
from tests.client.pool import URL, APool, a_key, a_task, answer_lost, given


def a_row(id: str) -> dict[str, object]:
    return {
        name: value for name, value in a_task(id=id).items() if name not in {"args", "kwargs", "result", "attempts"}
    }


def a_page(*ids: str, after: str | None) -> dict[str, object]:
    return {"nodes": [a_row(key) for key in ids], "pageInfo": {"hasNextPage": after is not None, "endCursor": after}}


def test_a_task_is_created_with_its_arguments():
    pool = APool(given(createTask=a_key(id="t-9")))

    task = Client(URL, pool=pool).create("greet", "you", times=2, name="a parameter of that name")

    sent = pool.requests[0].variables
    assert task.id == "t-9"
    assert (sent["name"], sent["args"]) == ("greet", ["you"])
    assert sent["kwargs"] == {"times": 2, "name": "a parameter of that name"}


def test_an_id_is_there_before_the_first_call_and_stays_when_the_answer_is_lost():
    pool = APool(answer_lost(), given(createTask=a_key()))

    Client(URL, pool=pool).create("add", 1, 2)

    first, second = (request.variables["id"] for request in pool.requests)
    assert first == second
    assert uuid.UUID(first).version == 7


def test_two_tasks_have_two_ids():
    pool = APool(given(createTask=a_key()))
    client = Client(URL, pool=pool)

    client.create("add", 1, 2)
    client.create("add", 1, 2)

    first, second = (request.variables["id"] for request in pool.requests)
    assert first != second


def test_options_are_those_of_using_and_the_client_itself_keeps_none():
    pool = APool(given(createTask=a_key()))
    client = Client(URL, pool=pool)

    due = datetime(2026, 11, 21, 22, 4, tzinfo=UTC)
    client.using(queue="mail").using(priority=3, run_after=due, id="mine").create("add")
    client.create("add")

    chosen, plain = (request.variables for request in pool.requests)
    assert (chosen["queue"], chosen["priority"], chosen["id"]) == ("mail", 3, "mine")
    assert chosen["runAfter"] == "2026-11-21T22:04:00Z"
    assert plain.keys() == {"id", "name", "args", "kwargs"}


def test_many_are_created_in_one_call_each_with_an_id():
    pool = APool(given(createTasks={"created": 2, "existing": 1, "tasks": [a_key(id="x"), a_key(id="y")]}))

    tasks = Client(URL, pool=pool).create_many([Draft(name="add", args=[1, 2], id="x"), Draft(name="echo")])

    sent = pool.requests[0].variables["tasks"]
    assert [task.id for task in tasks] == ["x", "y"]
    assert tasks.existing == 1
    assert sent[0] == {"name": "add", "args": [1, 2], "id": "x"}
    assert uuid.UUID(sent[1]["id"]).version == 7


def test_tasks_are_read_page_by_page():
    pool = APool(given(tasks=a_page("a", "b", after="cursor")), given(tasks=a_page("c", after=None)))
    wanted = Filter(status=(Status.FINISHED,), queue=("mail",))

    found = list(Client(URL, pool=pool).tasks(wanted, at_once=2))

    assert [row.id for row in found] == ["a", "b", "c"]
    assert pool.requests[0].variables == {
        "first": 2,
        "after": None,
        "filter": {"status": ["FINISHED"], "queue": ["mail"]},
    }
    assert pool.requests[1].variables["after"] == "cursor"


def test_a_page_is_asked_for_when_it_is_needed():
    pool = APool(given(tasks=a_page("a", "b", after="cursor")))

    next(Client(URL, pool=pool).tasks())

    assert len(pool.requests) == 1


@pytest.mark.parametrize("blank", [None, "", " "])
def test_the_address_is_the_default_unless_the_environment_names_one(monkeypatch, blank):
    monkeypatch.delenv("ZONDA_GRAPHQL_URL", raising=False)
    if blank is not None:
        monkeypatch.setenv("ZONDA_GRAPHQL_URL", blank)

    assert Client().url == "http://127.0.0.1:8000/graphql"


def test_the_environment_names_the_address_and_an_argument_goes_before_it(monkeypatch):
    monkeypatch.setenv("ZONDA_GRAPHQL_URL", "http://elsewhere/graphql")

    assert Client().url == "http://elsewhere/graphql"
    assert Client("http://here/graphql").url == "http://here/graphql"


def test_a_wrong_address_is_refused_at_once():
    with pytest.raises(BadAddress):
        Client("here")
