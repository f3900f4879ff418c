"""A task through every process and back."""

import json
import os
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.support.parts import stopped
from tests.support.stack import ROOT, Stack, own_environment
from tests.support.starting import PROOF, worker
from tests.support.tasks import all_ended, counts, create, create_many, every_task, finished, lines, read
from tests.support.waiting import wait_until


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One Zonda for all tests here, with an app of somebody's own; its one worker runs one task at a time."""
    folder = tmp_path_factory.mktemp("main")
    app = folder / "elsewhere" / "shop"
    app.mkdir(parents=True)
    (app / "__init__.py").write_text("")
    (app / "tasks.py").write_text(
        "from django.tasks import task\n\n\n@task(queue_name='mail')\ndef greet(name: str, times: int = 1) -> str:\n"
        "    '''Say hello.'''\n    return ' '.join(['hello', name] * times)\n"
    )
    with Stack(folder / "home", 1, {"ZONDA_APPS": "tests.support.proof,shop", "PYTHONPATH": str(app.parent)}) as stack:
        yield stack


def shell_command(code: str) -> list[str | Path]:
    """What runs a piece of Python in `manage.py shell`."""
    return [ROOT / ".venv/bin/python", "backend/manage.py", "shell", "--no-imports", "-c", code]


def shell(stack: Stack, code: str) -> str:
    """What a piece of Python prints in `manage.py shell`, in a process of its own beside the running stack."""
    environment = own_environment(stack.home, PROOF)
    ran = subprocess.run(
        shell_command(code),
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


def test_a_task_goes_through_every_process_and_back(stack: Stack) -> None:
    created = create(stack, "add", 1, 2)
    task = finished(stack, created["id"])

    assert created["status"] == "QUEUEING"
    assert (task["status"], task["result"], task["attempt"]) == ("FINISHED", 3, 1)
    assert [(a["number"], a["outcome"]) for a in task["attempts"]] == [(1, "SUCCEEDED")]
    assert task["worker"]["topic"] == task["attempts"][0]["worker"]


def test_a_failure_tells_its_error_and_where_it_was_raised(stack: Stack) -> None:
    failed = finished(stack, create(stack, "divide", 1, 0)["id"])

    assert (failed["status"], failed["reason"]) == ("FAILED", "ERROR")
    assert failed["error"].startswith("ZeroDivisionError: ")
    assert "return a / b" in failed["attempts"][0]["traceback"]


def test_a_child_that_dies_is_reported_at_once_and_fails_the_task_the_third_time(stack: Stack) -> None:
    killed = finished(stack, create(stack, "die")["id"], within=20)
    left = finished(stack, create(stack, "leave", 0)["id"], within=20)

    assert (killed["status"], killed["reason"]) == ("FAILED", "LOST")
    assert "SIGKILL" in killed["error"]
    assert "exit code 0" in left["error"]
    assert [a["outcome"] for a in killed["attempts"]] == ["LOST"] * 3
    assert finished(stack, create(stack, "add", 1, 2)["id"])["result"] == 3


def test_creating_answers_at_once_though_nobody_is_there_to_run_it(stack: Stack) -> None:
    finished(stack, create(stack, "add", 0, 0)["id"])
    with ExitStack() as still:
        for name in ("ventilator", "sink", "worker-1"):
            still.enter_context(stopped(stack.pid(name)))

        created = create(stack, "add", 1, 2)
        seen = read(stack, created["id"])

    assert created["status"] == seen["status"] == "QUEUEING"
    assert finished(stack, created["id"])["result"] == 3


def test_django_code_in_another_process_enqueues_and_reads_the_result(stack: Stack) -> None:
    key = shell(stack, "from backend.demo.tasks import add; print(add.enqueue(1, 2).id)")
    finished(stack, key)
    returned = shell(
        stack, f"from backend.demo.tasks import add; r = add.get_result({key!r}); print(r.status, r.return_value)"
    )

    assert returned == "SUCCESSFUL 3"


def test_what_rolls_back_never_runs_and_what_commits_runs_only_then(stack: Stack, tmp_path: Path) -> None:
    before = counts(stack)
    trace, gate = tmp_path / "trace", tmp_path / "gate"

    rolled_back = shell(
        stack,
        f"""
from django.db import transaction
from tests.support.proof.tasks import trace
try:
    with transaction.atomic():
        print(trace.enqueue({str(trace)!r}).id)
        raise KeyError
except KeyError:
    pass
""",
    )
    os.mkfifo(gate)
    committing = subprocess.Popen(
        shell_command(f"""
from django.db import transaction
from tests.support.proof.tasks import trace
with transaction.atomic():
    print(trace.enqueue({str(trace)!r}).id, flush=True)
    open({str(gate)!r}).read()
"""),
        cwd=ROOT,
        env=own_environment(stack.home, PROOF),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert committing.stdout is not None
    with committing.stdout as said:
        committed = said.readline().strip()
        # A reader of its own snapshot sees neither: the one is gone, the other is not there yet.
        assert counts(stack) == before
        assert lines(trace) == []
        gate.write_text("")
    assert committing.wait(20) == 0
    finished(stack, committed)

    assert lines(trace) == [f"{committed} 1"]
    answer = stack.post({"query": "query($id: ID!) { task(id: $id) { id } }", "variables": {"id": rolled_back}})
    assert answer["errors"][0]["extensions"]["code"] == "NOT_FOUND"
    assert counts(stack) == {**before, "finished": before["finished"] + 1}


def test_five_thousand_tasks_run_once_each(stack: Stack, tmp_path: Path) -> None:
    before = counts(stack)
    path = tmp_path / "trace"

    with worker(stack):
        created = create_many(stack, [{"name": "trace", "args": [str(path)]}] * 5000)
        ended = all_ended(stack, within=120)

    assert ended == {**before, "finished": before["finished"] + 5000}
    found = lines(path)
    assert len(found) == len(set(found)) == 5000
    assert set(found) == {f"{key} 1" for key in created}


def test_the_least_loaded_worker_gets_the_work(stack: Stack, tmp_path: Path) -> None:
    with worker(stack, ZONDA_QUEUES="default"):
        held = create_many(stack, [{"name": "sleep", "args": [0.2], "queue": "slow", "priority": 1}] * 15)
        keys = create_many(stack, [{"name": "trace", "args": [str(tmp_path / "trace"), 0.005]}] * 300)
        all_ended(stack, within=60)
        tasks = {task["id"]: task for task in every_task(stack, among=[*held, *keys])}

    slow = [tasks[key] for key in held]
    (busy,) = {task["worker"]["topic"] for task in slow}
    # On a slow machine some are left when it has nothing else to do any more.
    free_at = max(task["finishedAt"] for task in slow)
    meanwhile = [tasks[key]["worker"]["topic"] for key in keys if tasks[key]["startedAt"] < free_at]
    assert len(meanwhile) > 50
    assert len(meanwhile) - meanwhile.count(busy) >= 5 * meanwhile.count(busy)


def test_higher_priority_goes_first_and_equals_in_order(stack: Stack, tmp_path: Path) -> None:
    holding = create(stack, "sleep", 1.0)
    wait_until(lambda: read(stack, holding["id"])["status"] == "RUNNING", 5)

    # They tell themselves in which order they ran: what the record says of it goes by when it has heard of each.
    path = tmp_path / "order"
    # All at once: the slot may be free again before a third of them is created by itself.
    tasks = [{"name": "trace", "args": [str(path)], "priority": priority} for priority in (10, 0, 10)]
    first, last, second = create_many(stack, tasks)
    for key in (first, last, second):
        finished(stack, key)

    assert [line.split()[0] for line in path.read_text().splitlines()] == [first, second, last]


def test_a_scheduled_task_starts_when_it_is_due_and_not_before(stack: Stack) -> None:
    due = datetime.now().astimezone() + timedelta(seconds=2)

    task = finished(stack, create(stack, "add", 1, 2, runAfter=due.isoformat())["id"])

    late = (datetime.fromisoformat(task["startedAt"]) - due).total_seconds()
    assert 0 <= late <= 3


def test_a_coroutine_runs(stack: Stack, tmp_path: Path) -> None:
    task = finished(stack, create(stack, "trace_async", str(tmp_path / "trace"))["id"])

    assert (task["status"], task["result"]) == ("FINISHED", 1)


def test_a_new_app_needs_nothing_but_its_name(stack: Stack) -> None:
    types = stack.graphql("{ taskTypes { name path description queue parameters } }")["taskTypes"]
    greet = next(found for found in types if found["name"] == "greet")

    assert (greet["path"], greet["description"], greet["queue"]) == ("shop.tasks.greet", "Say hello.", "mail")
    assert list(greet["parameters"]["properties"]) == ["name", "times"]
    assert finished(stack, create(stack, "greet", "you")["id"])["result"] == "hello you"


def test_a_waiting_reader_hears_of_a_commit_of_another_process(stack: Stack) -> None:
    url = f"{stack.url}graphql?query=%7Btasks(first:1)%7Bnodes%7Bid%7D%7D%7D"
    with urllib.request.urlopen(url) as first:
        etag = first.headers["ETag"]
    request = urllib.request.Request(url, headers={"If-None-Match": etag, "Prefer": "wait=25"})
    environment = own_environment(stack.home, PROOF)
    code = """
import sys, time
from backend.demo.tasks import add
sys.stdin.readline()
print(add.enqueue(1, 2).id, time.time(), flush=True)
"""
    enqueuing = subprocess.Popen(
        shell_command(code),
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert enqueuing.stdin is not None
    assert enqueuing.stdout is not None
    enqueuing.stdin.write("\n")
    enqueuing.stdin.flush()
    with urllib.request.urlopen(request, timeout=30) as second:
        answered = time.time()
        body = json.load(second)
    key, committed = enqueuing.stdout.readline().split()
    enqueuing.communicate(timeout=20)

    assert second.status == 200
    assert [task["id"] for task in body["data"]["tasks"]["nodes"]] == [key]
    assert answered - float(committed) < 3
