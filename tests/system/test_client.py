"""The command line and the client against a Zonda that runs."""

import json
import os
import pty
import re
import select
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from client import Client, Filter, NotDone, Status, TaskFailed
from client.command.exits import Exit
from client.records import Counts
from tests.support.processes import is_alive
from tests.support.stack import ROOT, Stack, own_environment
from tests.support.waiting import wait_until

PYTHON = str(ROOT / ".venv/bin/python")
ESTABLISHED = "01"  # a state of /proc/net/tcp


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("client") / "home", workers=1) as started:
        yield started


@pytest.fixture
def client(stack: Stack) -> Iterator[Client]:
    with Client(f"{stack.url}graphql") as client:
        yield client


def environment(stack: Stack) -> Mapping[str, str]:
    return own_environment(stack.home, {"ZONDA_GRAPHQL_URL": f"{stack.url}graphql", "PYTHONPATH": str(ROOT)})


def ran(stack: Stack, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PYTHON, "-m", "client", *arguments],
        env=environment(stack),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def readme_commands() -> list[str]:
    section = (ROOT / "README.md").read_text().partition("\n## Command line\n")[2].partition("\n## ")[0]
    return section.partition("```sh\n")[2].partition("\n```")[0].splitlines()


def test_every_command_of_the_readme_does_what_it_says(stack: Stack, tmp_path: Path) -> None:
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    commands = readme_commands()
    script = "\n".join(f'{command}\necho "== $?"' for command in commands)

    ended = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        env=environment(stack),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )

    told = re.split(r"== (\d+)\n", ended.stdout)
    outputs, codes = told[:-1:2], told[1::2]
    assert codes == ["0"] * len(commands), ended.stdout + ended.stderr
    expected = {command: command.partition("# → ")[2] for command in commands if "# → " in command}
    assert len(expected) >= 3
    for command, output in zip(commands, outputs, strict=True):
        if command in expected:
            assert output.strip() == expected[command], command


def test_the_readme_shows_every_exit_code() -> None:
    section = (ROOT / "README.md").read_text().partition("\n## Command line\n")[2].partition("\n## ")[0]

    codes = {
        int(number) for row in re.findall(r"^\| ([0-9, ]+) \|", section, re.MULTILINE) for number in row.split(",")
    }

    assert codes == set(Exit)


def test_an_import_of_ten_thousand_lines_names_the_three_bad_ones(stack: Stack, client: Client, tmp_path: Path) -> None:
    later = {"queue": "later", "runAfter": "2099-01-01T00:00:00Z"}
    lines = [json.dumps({"name": "add", "args": [n, 1], **later}) for n in range(10_000)]
    lines[16] = '{"name": "add", "args": [1'
    lines[4999] = '{"name": "add", "args": [1]}'
    lines[9999] = '{"name": "addd", "args": [1, 2]}'
    path = tmp_path / "tasks.jsonl"
    path.write_text("\n".join(lines))

    ended = ran(stack, "import", str(path), "--json")

    told = json.loads(ended.stdout)
    assert (ended.returncode, told["created"]) == (Exit.FAILED, 9_997)
    assert [(bad["line"], bad["code"]) for bad in told["bad"]] == [
        (17, "BAD_INPUT"),
        (5000, "BAD_ARGUMENTS"),
        (10_000, "UNKNOWN_TASK"),
    ]
    assert client.counts(Filter(queue=("later",))) == Counts(queueing=9_997, running=0, failed=0, finished=0)


def test_an_import_is_safe_to_repeat_after_its_bad_lines_were_mended(
    stack: Stack, client: Client, tmp_path: Path
) -> None:
    path = tmp_path / "tasks.jsonl"
    good = '{"name": "add", "args": [1, 2], "queue": "again"}\n'

    path.write_text(good * 3 + '{"name": "add", "args": [1]}\n')
    first = ran(stack, "import", str(path))
    path.write_text('{"name": "add", "args": [1, 5], "queue": "again"}\n' + good * 3)
    second = ran(stack, "import", str(path))

    assert (first.returncode, first.stdout) == (Exit.FAILED, "3 created, 1 bad line\n")
    assert f"{path}:4: add: parameter 'b'" in first.stderr
    assert (second.returncode, second.stdout) == (Exit.WELL, "1 created, 3 there already, 0 bad lines\n")
    assert sorted(client.task(row.id).result() for row in client.tasks(Filter(queue=("again",)))) == [3, 3, 3, 6]


def test_a_csv_is_imported(stack: Stack, client: Client, tmp_path: Path) -> None:
    path = tmp_path / "tasks.csv"
    path.write_text('id,task,args,kwargs.b\ncsv-1,add,"[1, 2]",\ncsv-2,add,[1],4\ncsv-3,add,[1],x\n')

    ended = ran(stack, "import", str(path))

    assert (ended.returncode, ended.stdout) == (Exit.FAILED, "2 created, 1 bad line\n")
    assert "tasks.csv:4: add: parameter 'b'" in ended.stderr
    assert [client.task(key).result(timeout=10) for key in ("csv-1", "csv-2")] == [3, 5]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("create divide 1 0 --wait", Exit.FAILED),
        ("create add 1 --prio 3", Exit.USAGE),
        ("workers --url http://127.0.0.1:9/graphql --patience 0", Exit.UNAVAILABLE),
        ("create add 1", Exit.REFUSED),
        ("create sleep 5 --queue never --run-after 1d --wait-timeout 0.2", Exit.NOT_DONE),
    ],
)
def test_the_exit_code_tells_how_it_went(stack: Stack, arguments: str, code: Exit) -> None:
    ended = ran(stack, *arguments.split())

    assert ended.returncode == code, ended.stderr
    assert ended.stderr


def test_ctrl_c_leaves_the_task_alone_and_says_so(stack: Stack, client: Client) -> None:
    patient = client.using(id="patient").create("sleep", 600)
    waiting = subprocess.Popen(
        [PYTHON, "-m", "client", "wait", "patient"],
        env=environment(stack),
        stderr=subprocess.PIPE,
        text=True,
    )
    assert waiting.stderr is not None
    try:
        wait_until(lambda: is_connected(waiting.pid, stack.port), 20, "the client is connected")
        waiting.send_signal(signal.SIGINT)
        # One that comes just before a wait is heeded at its end, and it is a long poll.
        _, told = waiting.communicate(timeout=40)
        still = patient.status()
    finally:
        waiting.kill()
        waiting.wait()
        waiting.stderr.close()
        patient.cancel()  # or it keeps the only slot from the tests that follow

    assert waiting.returncode == Exit.INTERRUPTED
    assert "the tasks go on" in told
    assert "Traceback" not in told
    assert not still.ended


def test_what_reads_no_further_is_no_error(stack: Stack, client: Client) -> None:
    client.create("add", 1, 2).result(timeout=10)  # an empty list writes nothing that could be refused
    listing = subprocess.Popen(
        [PYTHON, "-m", "client", "list", "--limit", "5000"],
        env=environment(stack),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert listing.stdout is not None
    listing.stdout.close()
    assert listing.stderr is not None
    with listing.stderr as said:
        told = said.read()

    assert (listing.wait(20), told) == (Exit.PIPE_CLOSED, "")


def test_a_terminal_gets_colours_and_other_readers_plain_text(stack: Stack, client: Client) -> None:
    client.using(id="shown").create("add", 1, 2).result(timeout=10)

    plain = ran(stack, "status", "shown").stdout
    shown = on_a_terminal(stack, "status", "shown")

    assert "\x1b" not in plain
    assert "\x1b[32m" in shown
    assert "FINISHED" in shown


def test_a_failed_task_is_retried_and_a_waiting_one_cancelled(stack: Stack, client: Client) -> None:
    client.using(id="failing").create("divide", 1, 0).wait(timeout=10)
    client.using(id="waiting", run_after=datetime.now(UTC) + timedelta(days=1)).create("add", 1, 2)

    retried = ran(stack, "retry", "failing")
    again = client.task("failing").wait(timeout=10)
    cancelled = ran(stack, "cancel", "waiting", "failing")

    assert (retried.returncode, retried.stdout) == (Exit.WELL, "1 retried\n")
    assert len(again.attempts) == 2
    assert client.task("waiting").read().reason == "CANCELLED"
    assert (cancelled.returncode, cancelled.stdout) == (Exit.FAILED, "1 cancelled\n")


def test_a_filter_is_asked_about_on_a_terminal(stack: Stack, client: Client) -> None:
    later = client.using(queue="asked", run_after=datetime.now(UTC) + timedelta(days=1))
    tasks = [later.create("add", n, 1) for n in range(3)]

    nobody = ran(stack, "cancel", "--queue", "asked")
    refused = on_a_terminal(stack, "cancel", "--queue", "asked", types="n\n")
    before = [task.status() for task in tasks]
    agreed = on_a_terminal(stack, "cancel", "--queue", "asked", types="y\n")

    assert nobody.returncode == Exit.USAGE
    assert "Cancel 3 tasks with status QUEUEING or RUNNING and queue asked? [y/N]" in refused
    assert before == [Status.QUEUEING] * 3
    assert "3 cancelled" in agreed
    assert [task.status() for task in tasks] == [Status.FAILED] * 3
    assert ran(stack, "delete", "--queue", "asked", "--yes").stdout == "3 deleted\n"


def test_every_option_of_create_reaches_the_task(stack: Stack, client: Client) -> None:
    options = "--id all --queue mail --priority 7 --run-after 1d --expires-at 2d --timeout 2.5 --max-attempts 3"

    ended = ran(stack, "create", "add", "1", "b=2", *options.split())
    task = client.task("all").read()

    assert ended.stdout == "all\n"
    assert (task.args, task.kwargs, task.queue, task.priority) == ([1], {"b": 2}, "mail", 7)
    assert (task.timeout, task.max_attempts) == (2.5, 3)
    assert task.run_after is not None
    assert task.expires_at is not None
    assert task.expires_at - task.run_after == pytest.approx(timedelta(days=1), abs=timedelta(seconds=1))


def test_a_paused_queue_starts_nothing_until_it_is_resumed(stack: Stack, client: Client) -> None:
    paused = ran(stack, "pause", "halted", "--reason", "the provider is down")
    task = client.using(queue="halted").create("add", 1, 2)

    with pytest.raises(NotDone):
        task.wait(timeout=0.5)
    shown = ran(stack, "status", task.id).stdout
    ran(stack, "resume", "halted")

    assert "paused" in paused.stdout
    assert "the provider is down" in shown
    assert task.result(timeout=10) == 3


def test_what_a_task_prints_and_logs_is_followed_until_it_has_ended(stack: Stack, client: Client) -> None:
    client.using(id="counting").create("count_to", 3, pause=0.2)

    followed = ran(stack, "log", "counting", "--follow")
    read = ran(stack, "log", "counting", "--json")

    assert client.task("counting").status() is Status.FINISHED
    assert len(followed.stdout.splitlines()) >= 3
    assert [json.loads(line)["text"] for line in read.stdout.splitlines()] == followed.stdout.splitlines()


def test_a_task_that_runs_is_cancelled(client: Client) -> None:
    task = client.create("sleep", 60)
    wait_until(lambda: task.status() is Status.RUNNING, 10, "it runs")

    cancelled = task.cancel()

    assert cancelled
    with pytest.raises(TaskFailed) as told:
        task.result(timeout=10)
    assert told.value.reason == "CANCELLED"


def test_a_result_is_waited_for_over_one_open_request(client: Client) -> None:
    task = client.create("sleep", 0.5)

    with pytest.raises(NotDone):
        task.wait(timeout=0.1)

    assert task.result(timeout=10) == 0.5
    assert task.status() is Status.FINISHED


def test_a_failure_has_its_reason_and_traceback(client: Client) -> None:
    with pytest.raises(TaskFailed, match="ZeroDivisionError") as told:
        client.create("divide", 1, 0).result(timeout=10)

    assert told.value.reason == "ERROR"
    assert "return a / b" in (told.value.traceback or "")


def test_a_wait_outlives_the_backend(stack: Stack, client: Client) -> None:
    task = client.create("sleep", 2)
    backend = stack.kill("backend")

    assert task.result(timeout=30) == 2
    assert not is_alive(backend)


def is_connected(pid: int, port: int) -> bool:
    """Whether the process has an open connection to this port; a socket alone proves none, libraries try things."""
    inodes = set()
    for descriptor in Path(f"/proc/{pid}/fd").glob("*"):
        with suppress(FileNotFoundError):
            inodes.add(str(descriptor.readlink()))
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, _, remote, state, *_, inode = line.split()[:10]
        if remote.endswith(f":{port:04X}") and state == ESTABLISHED and f"socket:[{inode}]" in inodes:
            return True
    return False


def on_a_terminal(stack: Stack, *arguments: str, types: str = "") -> str:
    """What the command prints on a terminal, where somebody types this."""
    ours, its = pty.openpty()
    try:
        process = subprocess.Popen(
            [PYTHON, "-m", "client", *arguments],
            env={**environment(stack), "TERM": "xterm-256color"},
            stdin=its,
            stdout=its,
            stderr=its,
        )
        os.close(its)
        os.write(ours, types.encode())
        told = b""
        while select.select([ours], [], [], 20)[0]:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # how Linux says that the other end is closed
                break
            if not piece:
                break
            told += piece
        process.wait(20)
        return told.decode()
    finally:
        os.close(ours)
