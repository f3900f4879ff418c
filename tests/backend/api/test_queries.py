from datetime import datetime, timedelta
from typing import Any

import pytest

from backend.api.sizes import MAX_PAGE
from backend.tasks import looking, store
from tests.backend.api.conftest import NOW, Run, a_lost_task, a_running_task, a_task, a_worker
from tests.support.record import AVentilator, Grip, make_due
from tests.support.record import a_task as a_plain_task

SECOND = timedelta(seconds=1)


def _ids(found: Any) -> list[str]:
    return [node["id"] for node in found["nodes"]]


def test_a_task_that_is_tried_again_first_started_when_it_first_started(run: Run):
    """Whether its second attempt runs, is waited for, or was asked for by hand and nothing of the first is left."""
    ventilator = AVentilator()
    ventilator.seat()
    a_plain_task(id="again", max_attempts=2)
    a_plain_task(id="waits")

    def told() -> tuple[str | None, str | None]:
        task = run('{ task(id: "again") { firstStartedAt startedAt } }').data["task"]
        return task["firstStartedAt"], task["startedAt"]

    def begin() -> Grip:
        grip = ventilator.grant_one()
        store.report([grip.started()])
        return grip

    assert told() == (None, None)
    grip = begin()
    first, last = told()
    assert first == last is not None

    store.report([grip.failed()])
    assert told() == (first, first)
    make_due()
    grip = begin()
    assert told()[0] == first != told()[1]

    store.report([grip.failed()])
    store.retry(["again"])
    assert told() == (first, None)
    assert run('{ task(id: "waits") { firstStartedAt } }').data == {"task": {"firstStartedAt": None}}


def test_a_task_is_told_whole(run: Run):
    worker = a_worker("W1")
    task = a_running_task(worker)

    found = run(
        "query($id: ID!) { task(id: $id) { id name path args kwargs queue priority status reason error result attempt"
        " attempts { number worker outcome error traceback startedAt finishedAt nextDueAt } worker { topic name }"
        " createdAt runAfter startedAt finishedAt } }",
        id=task.key,
    )

    assert found.errors == []
    assert found.data["task"] == {
        "id": task.key,
        "name": "add",
        "path": "backend.demo.tasks.add",
        "args": [1, 2],
        "kwargs": {},
        "queue": "default",
        "priority": 0,
        "status": "RUNNING",
        "reason": None,
        "error": None,
        "result": None,
        "attempt": 1,
        "attempts": [
            {
                "number": 1,
                "worker": "W1",
                "outcome": None,
                "error": None,
                "traceback": None,
                "startedAt": "2026-11-21T22:04:00Z",
                "finishedAt": None,
                "nextDueAt": None,
            }
        ],
        "worker": {"topic": "W1", "name": "worker-W1"},
        "createdAt": task.created_at.isoformat().replace("+00:00", "Z"),
        "runAfter": None,
        "startedAt": "2026-11-21T22:04:00Z",
        "finishedAt": None,
    }


def test_a_task_that_is_not_there_is_null_with_a_reason(run: Run):
    found = run('{ task(id: "nobody") { id } }')

    assert (found.status, found.data, found.code) == (294, {"task": None}, "NOT_FOUND")


def test_a_task_that_waits_again_has_no_worker(run: Run):
    a_worker("W1")
    task = a_task(worker_topic="W1", holder=None)

    assert run("query($id: ID!) { task(id: $id) { worker { topic } } }", id=task.key).data["task"]["worker"] is None


def test_pages_follow_one_another_without_a_gap_or_a_double(run: Run):
    keys = [a_task().key for _ in range(7)][::-1]
    text = (
        "query($after: String) { tasks(first: 3, after: $after)"
        " { nodes { id } pageInfo { hasNextPage hasPreviousPage endCursor } } }"
    )

    pages: list[list[str]] = []
    after = None
    for _ in range(3):
        page = run(text, after=after).data["tasks"]
        pages.append(_ids(page))
        after = page["pageInfo"]["endCursor"]

    assert pages == [keys[:3], keys[3:6], keys[6:]]
    assert (page["pageInfo"]["hasNextPage"], page["pageInfo"]["hasPreviousPage"]) == (False, True)


def test_pages_can_be_walked_back(run: Run):
    keys = [a_task().key for _ in range(5)][::-1]
    text = (
        "query($b: String) { tasks(last: 2, before: $b)"
        " { nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor } } }"
    )

    last = run(text).data["tasks"]
    before = run(text, b=last["pageInfo"]["startCursor"]).data["tasks"]

    assert (_ids(last), _ids(before)) == (keys[3:], keys[1:3])
    assert last["pageInfo"]["hasNextPage"] is False
    assert before["pageInfo"] | {"startCursor": ""} == {"hasNextPage": True, "hasPreviousPage": True, "startCursor": ""}


def test_a_search_says_how_far_back_it_looked_and_goes_on_from_there(run: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(looking, "ROWS", 3)
    monkeypatch.setattr(looking, "BLOCK", 1)
    old = a_task(error="Lindwurm")
    others = [a_task() for _ in range(4)]
    text = (
        'query($after: String) { tasks(after: $after, filter: {search: "lindwurm"})'
        " { nodes { id } lookedBackTo pageInfo { hasNextPage endCursor } } }"
    )

    first = run(text, after=None).data["tasks"]
    second = run(text, after=first["pageInfo"]["endCursor"]).data["tasks"]

    assert (_ids(first), first["pageInfo"]["hasNextPage"]) == ([], True)
    assert datetime.fromisoformat(first["lookedBackTo"]) == others[1].created_at
    assert (_ids(second), second["lookedBackTo"], second["pageInfo"]["hasNextPage"]) == ([old.key], None, False)


@pytest.mark.parametrize("field", ["CREATED", "STARTED", "FINISHED", "PRIORITY"])
def test_the_task_with_the_id_that_is_searched_for_comes_first_and_the_others_after_its_cursor(run: Run, field: str):
    task = a_task()
    mentions = a_task(error=f"not before {task.key}")
    text = (
        "query($after: String, $words: String, $order: TaskOrder) { tasks(after: $after, filter: {search: $words},"
        " orderBy: $order) { edges { cursor node { id } } nodes { id } pageInfo { hasNextPage endCursor } } }"
    )

    first = run(text, words=task.key, order={"field": field}).data["tasks"]
    second = run(text, words=task.key, order={"field": field}, after=first["edges"][0]["cursor"]).data["tasks"]

    assert (_ids(first), first["pageInfo"]["hasNextPage"]) == ([task.key], True)
    assert first["edges"][0]["cursor"] == first["pageInfo"]["endCursor"]
    assert (_ids(second), second["pageInfo"]["hasNextPage"]) == ([mentions.key], False)


def test_a_task_created_meanwhile_moves_no_page(run: Run):
    keys = [a_task().key for _ in range(4)][::-1]
    text = "query($after: String) { tasks(first: 2, after: $after) { edges { cursor node { id } } } }"
    first = run(text).data["tasks"]["edges"]

    a_task()
    second = run(text, after=first[-1]["cursor"]).data["tasks"]["edges"]

    assert [edge["node"]["id"] for edge in second] == keys[2:]


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"first": MAX_PAGE + 1}, "first"),
        ({"first": -1}, "first"),
        ({"last": MAX_PAGE + 1}, "last"),
        ({"first": 1, "last": 1}, "last"),
        ({"after": "nonsense"}, "after"),
        ({"after": "c2VxOng="}, "after"),
        ({"before": "c2VxOi0x"}, "before"),
        ({"before": "ä"}, "before"),
        # priority:1:101, started:1:x, started:1:2026-11-21 without a zone, created:1
        ({"after": "cHJpb3JpdHk6MToxMDE="}, "after"),
        ({"after": "c3RhcnRlZDoxOng="}, "after"),
        ({"after": "c3RhcnRlZDoxOjIwMjYtMTEtMjE="}, "after"),
        ({"after": "Y3JlYXRlZDox"}, "after"),
        ({"filter": {"createdAfter": "2026-11-21T22:04:00"}}, "filter.createdAfter"),
        ({"filter": {"search": "x" * 201}}, "filter.search"),
    ],
)
def test_a_page_that_cannot_be_is_refused_by_the_field_that_asks_for_it(run: Run, arguments: Any, field: str):
    text = (
        "query($first: Int, $last: Int, $after: String, $before: String, $filter: TaskFilter)"
        " { tasks(first: $first, last: $last, after: $after, before: $before, filter: $filter) { nodes { id } } }"
    )

    found = run(text, **arguments)

    assert found.code == "BAD_INPUT"
    assert found.error["extensions"]["field"] == field


@pytest.mark.parametrize("field", ["CREATED", "STARTED", "FINISHED", "PRIORITY"])
@pytest.mark.parametrize("descending", [True, False, None])
def test_tasks_come_in_the_order_asked_for(run: Run, field: str, descending: bool | None):
    keys = [a_running_task(a_worker("W1"), priority=-1).key]
    for n in (1, 2, 3):
        keys.append(a_task(priority=n, started_at=NOW + n * SECOND, finished_at=NOW + n * SECOND).key)
    order = {"field": field} | ({} if descending is None else {"descending": descending})
    text = (
        "query($order: TaskOrder!, $after: String)"
        " { tasks(first: 2, after: $after, orderBy: $order) { nodes { id } pageInfo { endCursor } } }"
    )

    first = run(text, order=order).data["tasks"]
    second = run(text, order=order, after=first["pageInfo"]["endCursor"]).data["tasks"]

    expected = keys if descending is False else keys[::-1]
    if field == "FINISHED" and descending is False:
        expected = [*keys[1:], keys[0]]
    assert _ids(first) + _ids(second) == expected


def test_a_cursor_of_another_order_is_refused_by_its_name(run: Run):
    a_task()
    text = "{ tasks(orderBy: {field: PRIORITY}) { pageInfo { endCursor } } }"
    cursor = run(text).data["tasks"]["pageInfo"]["endCursor"]

    found = run("query($c: String) { tasks(after: $c) { nodes { id } } }", c=cursor)

    assert (found.code, found.error["extensions"]["field"]) == ("BAD_INPUT", "after")
    assert "order by PRIORITY" in found.error["message"]
    assert "ordered by CREATED" in found.error["message"]


def test_a_search_looks_into_the_arguments_and_is_met_by_the_rest_of_the_filter(run: Run):
    first, second = a_task(), a_task(queue="mail")
    text = "query($f: TaskFilter) { tasks(filter: $f) { nodes { id } counts { queueing } } }"

    assert _ids(run(text, f={"search": " [1,2] "}).data["tasks"]) == [second.key, first.key]
    assert _ids(run(text, f={"search": "[1,2]", "queue": ["mail"]}).data["tasks"]) == [second.key]
    assert run(text, f={"search": "nowhere"}).data["tasks"] == {"nodes": [], "counts": None}
    assert run(text, f={"search": "  "}).data["tasks"]["counts"] == {"queueing": 2}


def test_a_filter_fits_every_part_and_any_value_of_one(run: Run):
    worker = a_worker("W1")
    running = a_running_task(worker)
    waiting = a_task(queue="mail")
    failed = a_task(
        status="FAILED", reason="LOST", worker_topic="W1", name="subtract", path="x.subtract", created_at=NOW
    )

    def found(**filters: Any) -> set[str]:
        return set(_ids(run("query($f: TaskFilter) { tasks(filter: $f) { nodes { id } } }", f=filters).data["tasks"]))

    assert found() == found(status=[]) == {running.key, waiting.key, failed.key}
    assert found(status=["RUNNING", "FAILED"]) == {running.key, failed.key}
    assert found(status=["RUNNING", "FAILED"], reason=["LOST"]) == {failed.key}
    assert found(name=["subtract"]) == found(name=["x.subtract"]) == {failed.key}
    assert found(queue=["mail"]) == {waiting.key}
    a_task(worker_topic="W1", queue="mail", name="again")
    assert found(worker=["W1"]) == {running.key, failed.key}
    assert found(createdBefore="2026-11-21T22:04:00Z") == set()
    assert failed.key in found(createdAfter="2026-11-21T22:04:00Z", createdBefore="2026-11-21T23:04:00.001+01:00")


def test_counts_are_of_what_the_rest_of_the_filter_fits(run: Run):
    for queue in ("mail", "mail", "default"):
        a_task(queue=queue)
    text = "query($f: TaskFilter) { tasks(filter: $f) { counts { queueing running failed finished } } }"

    def counts(**filters: Any) -> Any:
        found = run(text, f=filters).data["tasks"]["counts"]
        return found and found["queueing"]

    assert counts() == 3
    assert counts(status=["FINISHED"]) == 3
    assert counts(status=["FINISHED"], queue=["mail"]) == 2
    assert counts(queue=["nobody"]) == 0
    assert counts(name=["add"]) is None


def test_workers_tell_their_load(run: Run):
    second, first = a_worker("W10", slots=4), a_worker("W2")
    running = a_running_task(second)
    pending = a_task(holder=second.incarnation, worker_topic="W10")

    found = run("{ workers { topic slots state current pending lastBeatAt tasks { id status } } }").data["workers"]

    assert [worker["topic"] for worker in found] == ["W2", "W10"]
    assert (found[0]["current"], found[0]["pending"], found[0]["tasks"]) == (0, 0, [])
    assert found[1] == {
        "topic": "W10",
        "slots": 4,
        "state": "READY",
        "current": 1,
        "pending": 1,
        "lastBeatAt": "2026-11-21T22:04:00Z",
        "tasks": [{"id": running.key, "status": "RUNNING"}, {"id": pending.key, "status": "QUEUEING"}],
    }
    assert first.topic == "W2"


def test_task_types_tell_their_signature(run: Run):
    found = {
        one["name"]: one for one in run("{ taskTypes { name path description queue parameters } }").data["taskTypes"]
    }

    assert found["add"]["path"] == "backend.demo.tasks.add"
    assert found["add"]["queue"] == "default"
    assert set(found["add"]["parameters"]["properties"]) == {"a", "b"}


def test_a_lost_worker_tells_what_became_of_what_it_ran(run: Run):
    lost, other = a_worker("W1", state="LOST"), a_worker("W2")
    waits = a_lost_task(lost)
    runs = a_lost_task(lost, status="RUNNING", holder=other.incarnation, worker_topic="W2", attempt=2)
    fields = "lostTasks { id status args worker { topic } } one: lostTasks(first: 1) { id }"

    found = run(f"{{ workers {{ state {fields} }} }}").data["workers"]

    assert found[0] == {
        "state": "LOST",
        "lostTasks": [
            {"id": runs.key, "status": "RUNNING", "args": [1, 2], "worker": {"topic": "W2"}},
            {"id": waits.key, "status": "QUEUEING", "args": [1, 2], "worker": None},
        ],
        "one": [{"id": runs.key}],
    }
    assert found[1] == {"state": "READY", "lostTasks": [], "one": []}
    assert run("{ workers { lostTasks(first: 501) { id } } }").code == "BAD_INPUT"
