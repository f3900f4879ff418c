from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError

from backend.tasks import store
from backend.tasks.failures import title
from backend.tasks.models import LogLine, Queue, RejectedMessage, Task
from tests.backend.api.conftest import NOW, Run, a_running_task, a_task, a_worker
from tests.support.record import AVentilator, Grip
from tests.support.record import a_task as a_plain_task
from tests.support.waiting import wait_until


def test_queues_tell_whether_they_are_paused_and_what_waits(run: Run):
    first = a_task(queue="mail")
    a_running_task(a_worker("W1"))
    Queue.objects.filter(name="mail").update(paused=True, pause_reason="deploying", paused_at=NOW)

    found = run("{ queues { name paused pauseReason queueing running oldestQueuedAt } }")

    default = {"name": "default", "paused": False, "pauseReason": None, "queueing": 0, "running": 1}
    mail = {"name": "mail", "paused": True, "pauseReason": "deploying", "queueing": 1, "running": 0}
    created = first.created_at.isoformat().replace("+00:00", "Z")
    assert found.data["queues"] == [default | {"oldestQueuedAt": None}, mail | {"oldestQueuedAt": created}]


def test_stats_have_a_quarter_of_an_hour_unless_more_is_asked_for(run: Run):
    a_task()

    plain = run("{ stats { minutes { at created finished failed } } }").data["stats"]["minutes"]
    more = run("query($n: Int) { stats(minutes: $n) { minutes { at } } }", n=1440).data["stats"]["minutes"]

    assert (len(plain), len(more)) == (15, 1440)
    assert sum(minute["created"] for minute in plain) == 1
    assert all(minute["at"].endswith(":00Z") for minute in plain)


FIGURES = "created finished failed waited { count p50 p95 } ran { count p50 p95 }"


def test_figures_are_told_of_the_record_a_queue_and_a_function(run: Run):
    ventilator = AVentilator()
    for options in ({"queue": "mail"}, {"queue": "mail", "name": "word_count"}, {"queue": "a"}):
        a_plain_task("x", **options)
    grips = [ventilator.grant_one() for _ in range(3)]
    store.report([grips[0].succeeded(ran=4.0), grips[1].failed(ran=4.0), grips[2].started()])

    found = run(
        f"""{{ stats {{ {FIGURES} minutes {{ at {FIGURES} }} }}
        mail: stats(queue: "mail") {{ {FIGURES} }} echo: stats(name: "echo", minutes: 2) {{ {FIGURES} }}
        none: stats(queue: "mail", name: "add") {{ {FIGURES} }}
        queues {{ name stats {{ {FIGURES} minutes {{ at created }} }} }}
        taskTypes {{ name stats(minutes: 2) {{ {FIGURES} minutes {{ at created }} }} }} }}"""
    ).data

    assert (found["stats"]["created"], found["stats"]["finished"], found["stats"]["failed"]) == (3, 1, 1)
    assert found["stats"]["waited"]["count"] == 3
    assert found["stats"]["ran"] == {"count": 2, "p50": pytest.approx(4, rel=0.1), "p95": pytest.approx(4, rel=0.1)}
    assert sum(minute["ran"]["count"] for minute in found["stats"]["minutes"] if minute["ran"]) == 2
    assert found["none"] == dict.fromkeys(("created", "finished", "failed"), 0) | {"waited": None, "ran": None}
    queues = {queue["name"]: queue["stats"] for queue in found["queues"]}
    types = {kind["name"]: kind["stats"] for kind in found["taskTypes"]}
    assert len(queues["mail"].pop("minutes")) == 15
    assert len(types["echo"].pop("minutes")) == 2
    assert (queues["mail"], types["echo"]) == (found["mail"], found["echo"])
    assert (queues["a"]["ran"], types["word_count"]["finished"], types["add"]["created"]) == (None, 0, 0)


def test_kinds_of_failures_tell_when_they_came(run: Run):
    ventilator = AVentilator()
    for error in ("ValueError: row 1", "ValueError: row 2", "KeyError: no"):
        a_plain_task()
        store.report([ventilator.grant_one().failed(error)])

    groups = run("{ failureGroups { title minutes { at failed } day: minutes(minutes: 1440) { failed } } }").data

    found = {group["title"]: group for group in groups["failureGroups"]}
    assert {len(group["minutes"]) for group in found.values()} == {15}
    assert sum(minute["failed"] for minute in found["ValueError: row <n>"]["minutes"]) == 2
    assert sum(minute["failed"] for minute in found["KeyError: no"]["day"]) == 1


def test_figures_up_to_the_last_that_was_counted_do_not_change_with_time(run: Run, monkeypatch: pytest.MonkeyPatch):
    store.report([_granted().failed()])
    window, later = "(minutes: 3, lastCounted: true)", timedelta(0)
    text = f"""{{ stats{window} {{ {FIGURES} minutes {{ at created }} }}
        queues {{ stats{window} {{ {FIGURES} minutes {{ at created }} }} }}
        taskTypes {{ stats{window} {{ {FIGURES} minutes {{ at created }} }} }}
        failureGroups {{ minutes{window} {{ at failed }} }} }}"""

    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.now(tz) + later

    monkeypatch.setattr("backend.api.loading.datetime", Clock)
    before = run(text).data
    later = timedelta(hours=20)

    assert run(text).data == before
    assert before["stats"]["minutes"][-1]["created"] == 1
    assert run(text.replace("true", "false")).data["stats"]["created"] == 0


def _granted() -> Grip:
    a_plain_task()
    return AVentilator().grant_one()


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("{ stats(minutes: 0) { minutes { at } } }", "minutes"),
        ("{ stats(minutes: 1441) { minutes { at } } }", "minutes"),
        ("{ taskTypes { stats(minutes: 1441) { created } } }", "minutes"),
        ("{ rejectedMessages(first: 501) { body } }", "first"),
        ("{ failureGroups(first: -1) { key } }", "first"),
    ],
)
def test_more_or_less_than_there_can_be_is_refused(run: Run, text: str, field: str):
    found = run(text)

    assert (found.code, found.error["extensions"]["field"]) == ("BAD_INPUT", field)


def test_the_tasks_of_a_group_are_found_and_retried_by_its_key(run: Run):
    ventilator = AVentilator()
    for key, error in [("a", "ValueError: row 1"), ("b", "KeyError: no"), ("c", "ValueError: row 2")]:
        a_plain_task(id=key)
        store.report([ventilator.grant_one().failed(error)])
    groups = run("{ failureGroups { key title } }").data["failureGroups"]
    key = {group["title"]: group["key"] for group in groups}["ValueError: row <n>"]
    of_group = {"filter": {"failure": [key]}}
    listed = "query($filter: TaskFilter) { tasks(filter: $filter) { nodes { id } } }"

    found = [node["id"] for node in run(listed, **of_group).data["tasks"]["nodes"]]
    retried = run("mutation($filter: TaskFilter) { retryTasks(filter: $filter) { count } }", **of_group)

    assert (found, retried.data["retryTasks"]["count"]) == (["c", "a"], 2)
    assert [group["title"] for group in run("{ failureGroups { title } }").data["failureGroups"]] == ["KeyError: no"]


def test_rejected_messages_tell_what_came(run: Run):
    RejectedMessage.objects.create(received_at=NOW, body="{", reason="no JSON")

    found = run("{ rejectedMessages { receivedAt body reason } }")

    assert found.data["rejectedMessages"] == [{"receivedAt": "2026-11-21T22:04:00Z", "body": "{", "reason": "no JSON"}]


@pytest.mark.django_db
def test_failure_groups_tell_what_failures_have_in_common(run: Run):
    ventilator = AVentilator()
    ventilator.seat()
    for number in (17, 4):
        a_plain_task(id=f"row-{number}")
        store.report([ventilator.grant_one().failed(f"ValueError: row {number}")])

    text = "{ failureGroups { key title count firstSeenAt lastSeenAt names sample { id status attempts { error } } } }"
    (group,) = run(text).data["failureGroups"]

    assert len(group.pop("key")) == 32
    assert group.pop("firstSeenAt") <= group.pop("lastSeenAt")
    assert group == {
        "title": title("ValueError: row 4"),
        "count": 2,
        "names": ["echo"],
        "sample": {"id": "row-4", "status": "FAILED", "attempts": [{"error": "ValueError: row 4"}]},
    }


@pytest.mark.django_db
def test_failure_groups_tell_where_in_the_code_their_samples_failed(run: Run):
    ventilator = AVentilator()
    ventilator.seat()
    told = 'Traceback (most recent call last):\n  File "/srv/shop/tasks/pdf.py", line {}, in draw\n    …\n'
    for number in (1, 2, 3):
        a_plain_task(id=f"row-{number}", max_attempts=2)
        first = ventilator.grant_one().failed(f"KeyError: {number}", traceback=told.format(7).replace("draw", "load"))
        store.report([first])
        Task.objects.filter(status="QUEUEING").update(due_at=None)
        last = ventilator.grant_one()
        raised = last.failed(f"ValueError: row {number}", traceback=told.format(number))
        store.report([last.timed_out() if number == 3 else raised])

    groups = run("{ failureGroups { count frame } }").data["failureGroups"]

    assert groups == [{"count": 1, "frame": None}, {"count": 2, "frame": "shop/tasks/pdf.py draw"}]


LOG = """query($id: ID!, $first: Int, $after: Int) { task(id: $id)
    { attempts { number log(first: $first, after: $after) { number at stream text } } } }"""


def test_an_attempt_tells_its_log_in_pages(run: Run):
    worker = a_worker("W1")
    task = a_running_task(worker)
    other = a_running_task(worker)
    for number in (1, 2, 4, 5):
        for one in (task, other):
            LogLine.objects.create(
                task=one, fence=one.fence, number=number, at=NOW, stream="stdout", text=f"{one.seq} line {number}"
            )

    def numbers(**page: int) -> list[int]:
        (attempt,) = run(LOG, id=task.key, **page).data["task"]["attempts"]
        return [line["number"] for line in attempt["log"]]

    assert numbers() == [1, 2, 4, 5]
    assert numbers(first=2) == [1, 2]
    assert numbers(first=2, after=2) == [4, 5]
    assert numbers(after=5) == numbers(first=0) == []
    assert run(LOG, id=task.key, first=501).error["extensions"]["field"] == "first"
    (attempt,) = run(LOG, id=other.key, first=1).data["task"]["attempts"]
    assert attempt["log"] == [
        {"number": 1, "at": "2026-11-21T22:04:00Z", "stream": "stdout", "text": f"{other.seq} line 1"}
    ]


def test_a_task_tells_what_happened_to_it(run: Run):
    task = a_running_task(a_worker("W1"))
    text = "query($id: ID!) { task(id: $id) { createdAt events { at kind attempt worker by } } }"

    found = run(text, id=task.key).data["task"]

    assert found["events"] == [
        {"at": "2026-11-21T22:04:00Z", "kind": "started", "attempt": 1, "worker": "W1", "by": None},
        {"at": found["createdAt"], "kind": "created", "attempt": None, "worker": None, "by": None},
    ]


WAITING = "query($id: ID!) { task(id: $id) { waiting estimatedStartAt } }"


def _waiting(run: Run, key: str) -> Any:
    return run(WAITING, id=key).data["task"]


def test_a_task_says_why_it_waits(run: Run):
    task = a_task()

    assert _waiting(run, task.key) == {"waiting": "No worker is connected.", "estimatedStartAt": None}
    worker = a_worker("W1")
    assert _waiting(run, task.key)["waiting"] == "A worker has room for it, and it is about to start."
    running = a_running_task(worker)
    assert _waiting(run, task.key)["waiting"].endswith("the one slot that serves the queue is busy.")
    assert _waiting(run, running.key) == {"waiting": None, "estimatedStartAt": None}


def test_a_task_that_is_created_for_later_says_so_at_once(run: Run):
    a_worker("W1")
    later = (datetime.now(UTC) + timedelta(hours=1)).replace(microsecond=123_000)
    text = """mutation($at: DateTime) { createTask(name: "add", args: [1, 2], runAfter: $at)
        { id waiting estimatedStartAt runAfter } }"""

    created = run(text, at=later.isoformat()).data["createTask"]

    instant = later.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert created["waiting"] == f"It is scheduled for {instant}."
    assert created["estimatedStartAt"] == created["runAfter"]
    assert _waiting(run, created["id"])["waiting"] == created["waiting"]


def test_no_answer_changes_because_an_instant_has_passed(run: Run):
    a_worker("W1")
    soon = datetime.now(UTC) + timedelta(milliseconds=300)
    a_task(due_at=soon)
    a_task(expires_at=soon)
    a_task()
    text = """{ tasks { nodes { id waiting estimatedStartAt events { at kind } } }
        queues { name oldestQueuedAt } workers { topic lastBeatAt } }"""
    before = run(text).data

    wait_until(lambda: datetime.now(UTC) > soon, 5)

    assert run(text).data == before


def test_what_takes_too_long_to_read_says_what_to_do(run: Run, monkeypatch: pytest.MonkeyPatch):
    def slow(*_: Any) -> Any:
        raise OperationalError("interrupted")

    monkeypatch.setattr("backend.tasks.overview.queues", slow)

    found = run("{ queues { name } }")

    assert found.code == "TOO_COMPLEX"
    assert "createdAfter" in found.error["message"]


@pytest.mark.parametrize(
    ("fields", "fragments", "number"),
    [
        ("created", "", 0),
        ("created minutes { created }", "", 15),
        ("created ... { created ... on Stats { minutes { created } } }", "", 15),
        ("...Whole", "fragment Whole on Stats { created }", 0),
        ("...Whole", "fragment Whole on Stats { created ...Each } fragment Each on Stats { minutes { created } }", 15),
    ],
)
def test_minutes_are_told_wherever_in_the_document_they_are_asked_for(
    run: Run, fields: str, fragments: str, number: int
):
    a_task()

    stats = f"stats {{ {fields} }}"
    found = run(f"{{ {stats} queues {{ {stats} }} taskTypes {{ name {stats} }} }} {fragments}").data

    (of_add,) = [kind["stats"] for kind in found["taskTypes"] if kind["name"] == "add"]
    for told in (found["stats"], found["queues"][0]["stats"], of_add):
        each = [minute["created"] for minute in told.get("minutes", ())]
        assert (told["created"], len(each), sum(each)) == (1, number, 1 if number else 0)
