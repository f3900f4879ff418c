"""What a running Zonda tells those who look after it: whether it is ready, what it has done, admin and logs."""

import json
import os
import re
import signal
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.metrics import samples
from tests.support.stack import Stack
from tests.support.starting import PROOF
from tests.support.tasks import create, finished, read
from tests.support.waiting import wait_until


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("watching") / "home", workers=1, environment=PROOF) as started:
        yield started


def asked(stack: Stack, path: str, method: str = "GET", **headers: str) -> tuple[int, Any, bytes]:
    """Status, headers and body of an answer."""
    request = urllib.request.Request(stack.url + path, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


def ready(stack: Stack) -> tuple[int, Any]:
    status, _, body = asked(stack, "readyz")
    return status, json.loads(body)


def test_it_is_alive_and_ready_and_the_rules_hold(stack: Stack) -> None:
    alive = asked(stack, "healthz")
    wait_until(lambda: ready(stack)[1]["status"] == "ok", 10, "the worker is READY")
    status, found = ready(stack)

    assert (alive[0], json.loads(alive[2]), alive[1]["Cache-Control"]) == (200, {"status": "ok"}, "no-store")
    assert status == 200
    assert {name: check["status"] for name, check in found["checks"].items()} == dict.fromkeys(
        ["record", "workers", "ventilator", "sink", "page"], "ok"
    )
    assert str(stack.pid("ventilator")) in found["checks"]["ventilator"]["says"]
    assert asked(stack, "readyz", "HEAD")[2] == b""
    for path in ("healthz", "readyz", "metrics"):
        assert asked(stack, path, Host="evil.example")[0] == 403


@pytest.mark.parametrize("name", ["sink", "ventilator"])
def test_a_part_that_is_gone_is_named_until_it_is_back(stack: Stack, name: str) -> None:
    stack.process.send_signal(signal.SIGSTOP)  # or it would be back before anybody has looked
    try:
        stack.kill(name)
        wait_until(lambda: ready(stack)[0] == 503, 5, f"{name} is missed")
        assert ready(stack)[1]["missing"] == [name]
        assert asked(stack, "healthz")[0] == 200
    finally:
        stack.process.send_signal(signal.SIGCONT)

    wait_until(lambda: ready(stack)[0] == 200, 20, f"{name} is back")


def test_a_process_gives_its_signs_of_life(stack: Stack) -> None:
    def without_signs() -> bool:
        # They give one every few seconds, which may fall between this and the look.
        for name in ("ventilator", "sink"):
            os.utime(stack.home / f"{name}.lock", (0, 0))
        return set(ready(stack)[1].get("missing", ())) == {"ventilator", "sink"}

    wait_until(without_signs, 10, "both are missed")
    wait_until(lambda: ready(stack)[0] == 200, 10, "both have given another sign of life")


def measured(stack: Stack) -> dict[str, float]:
    """The metrics, each sample by its name and labels as they are written."""
    status, headers, body = asked(stack, "metrics")
    assert (status, headers["Content-Type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    assert headers["Cache-Control"] == "no-store"
    return samples(body.decode())


def test_it_counts_what_it_does_and_forgets_nothing_with_a_restart(stack: Stack) -> None:
    created = "zonda_tasks_created_total[('queue', 'mail')]"
    won = "zonda_tasks_settled_total[('queue', 'mail'), ('reason', ''), ('status', 'FINISHED')]"
    ran = "zonda_run_seconds_count[('name', 'echo')]"
    waited = "zonda_wait_seconds_count[('name', 'echo')]"
    for _ in range(3):
        finished(stack, create(stack, "echo", "canary-7f3a", queue="mail")["id"])

    before = measured(stack)
    assert (before[created], before[won], before[ran], before[waited]) == (3, 3, 3, 3)
    assert before["zonda_reports_total[('outcome', 'APPLIED')]"] >= 3
    assert before["zonda_workers[('state', 'READY')]"] == before["zonda_worker_slots[('state', 'READY')]"] == 1
    assert before["zonda_live_waiters[]"] == 0
    assert b"canary" not in asked(stack, "metrics")[2]

    stack.kill("backend")

    def back() -> dict[str, float] | None:
        try:
            return measured(stack)
        except OSError:
            return None

    after = wait_until(back, 20, "the backend is back") or {}
    assert (after[created], after[won]) == (3, 3)


def test_the_admin_shows_a_task_and_runs_it_again(stack: Stack) -> None:
    key = create(stack, "divide", 1, 0, id="in-the-admin")["id"]
    finished(stack, key)
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    path = f"{stack.url}admin/zonda/task/"

    with browser.open(f"{path}?q={key}", timeout=20) as answer:
        listed = answer.read().decode()
    [seq] = set(re.findall(r"/admin/zonda/task/([0-9]+)/change/", listed))
    with browser.open(f"{path}{seq}/change/", timeout=20) as answer:
        shown = answer.read().decode()
    [token, *_] = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', listed)
    form = {"csrfmiddlewaretoken": token, "action": "retry", "index": "0", "_selected_action": seq}
    data = urllib.parse.urlencode(form).encode()
    with browser.open(urllib.request.Request(path, data, {"Origin": stack.url.rstrip("/")}), timeout=20) as answer:
        said = answer.read().decode()

    assert "ZeroDivisionError" in shown
    assert "1 task retried." in said
    wait_until(lambda: read(stack, key)["attempt"] == 2 and read(stack, key)["status"] == "FAILED", 10)
    assert asked(stack, "admin/zonda/task/", "POST")[0] == 403


def test_every_line_of_every_log_is_one_json_object(stack: Stack) -> None:
    finished(stack, create(stack, "divide", 1, 0)["id"])
    finished(stack, create(stack, "die")["id"], within=20)

    found = {
        path.stem: [json.loads(line) for line in path.read_text().splitlines()]
        for path in (stack.home / "logs").glob("*.log")
    }

    assert set(found) == {"backend", "ventilator", "sink", "worker-1", "supervisor"}
    for name, lines in found.items():
        assert lines, name
        for line in lines:
            assert {"time", "level", "process", "event"} <= line.keys(), line
    ended = [line for line in found["worker-1"] if line["event"] == "child.ended"]
    assert "SIGKILL" in ended[0]["how"]
