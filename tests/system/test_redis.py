"""All of Zonda with a Redis beside it: the hashes follow the record, whatever happens to either."""

import json
import os
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Final, cast

import pytest
from redis import Redis

from tests.support.redis import RedisServer
from tests.support.stack import ROOT, Stack, free_port, own_environment
from tests.support.starting import PROOF
from tests.support.tasks import TERMINAL, all_ended, create, create_many, finished
from tests.support.waiting import wait_until

AWAY: Final = float(os.environ.get("REDIS_AWAY", "5"))
"""Seconds that Redis is away under load."""

RIGHT_WITHIN: Final = 10.0
"""Seconds after Redis is back until every hash is right."""

EARLY: Final = "before-redis"
"""The id of a task that had ended before there was a Redis."""

type Found = tuple[str, str, str | None, str | None, str]
"""A task's id, status, result, error and attempt."""

WORDS: Final = {"QUEUEING": "queued", "RUNNING": "processing", "FINISHED": "success", "FAILED": "failed"}


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stack, RedisServer]]:
    """One Zonda for all tests here, and a Redis that comes after it; each test leaves Zonda with nothing to do."""
    redis = RedisServer(tmp_path_factory.mktemp("redis"), tcp=True, shared=True)
    home = tmp_path_factory.mktemp("zonda") / "home"
    with Stack(home, 1, {**PROOF, "ZONDA_SLOTS": "2", "ZONDA_REDIS_URL": redis.url}) as stack:
        create(stack, "add", 1, 2, id=EARLY)
        assert finished(stack, EARLY)["result"] == 3
        wait_until(lambda: "redis.away" in stack.log("mirror"), 20, "the mirror misses Redis")
        with redis:
            yield stack, redis
            assert stack.stop() == 0


@pytest.fixture
def stack(both: tuple[Stack, RedisServer]) -> Stack:
    return both[0]


@pytest.fixture
def redis(both: tuple[Stack, RedisServer]) -> Iterator[RedisServer]:
    yield both[1]
    both[1].client.close()  # a connection of this test's, if Redis was away


def test_a_task_s_hash_says_success_and_its_result(stack: Stack, redis: RedisServer) -> None:
    create(stack, "add", 1, 2, id="d5750c0e-ed82")
    task = finished(stack, "d5750c0e-ed82")

    found = wait_until(lambda: ended(redis, "d5750c0e-ed82"), RIGHT_WITHIN) or {}

    assert (found["status"], found["result"], found["attempt"]) == ("success", "3", "1")
    assert (found["worker"], found["finished_at"]) == (task["worker"]["topic"], task["finishedAt"])
    assert "error" not in found


def test_readyz_looks_at_the_mirror(stack: Stack) -> None:
    the_mirror_is_well(stack)


def test_a_failed_task_s_hash_says_why(stack: Stack, redis: RedisServer) -> None:
    key = create(stack, "divide", 1, 0)["id"]

    found = wait_until(lambda: ended(redis, key), 10) or {}

    assert found["status"] == "failed"
    assert "ZeroDivisionError" in found["error"]
    assert "result" not in found
    assert redis.client.ttl(key) > 7 * 86400


def test_statuses_seen_by_polling_go_forward_only(stack: Stack, redis: RedisServer) -> None:
    # A mirror that another test has killed or cut off may be on its way back.
    create(stack, "add", 1, 2, id="before-watching")
    wait_until(lambda: ended(redis, "before-watching"), 20)

    with watching(redis, [f"w{number}" for number in range(20)]) as seen:
        # Start and end of a short task may be one write; a long one is seen to run.
        spans = [2.0, *[0.05] * 19]
        create_many(stack, [{"id": f"w{number}", "name": "sleep", "args": [span]} for number, span in enumerate(spans)])
        wait_until(lambda: all(statuses[-1:] == ["success"] for statuses in seen.values()), 20, "all are seen to end")

    order = ["queued", "processing", "success"]
    for statuses in seen.values():
        assert statuses == sorted(set(statuses), key=order.index)
    assert "processing" in seen["w0"]


@pytest.mark.parametrize(("how", "seconds"), [("stalled", 2.0), ("full", 1.0), ("read-only", 1.0)])
def test_a_redis_that_can_not_be_written_to_under_load_is_soon_right_again(
    stack: Stack, redis: RedisServer, how: str, seconds: float
) -> None:
    mirror = stack.pid("mirror")

    with load(stack):
        go_through_an_outage(stack, redis, how, seconds)
    all_ended(stack, within=60)

    wait_until(lambda: not wrong(redis, tasks(stack)), RIGHT_WITHIN, "all are right")
    assert stack.pid("mirror") == mirror


def test_an_emptied_redis_has_everything_again(stack: Stack, redis: RedisServer) -> None:
    create(stack, "add", 1, 2, id="emptied")
    wait_until(lambda: ended(redis, "emptied"), 10)

    redis.client.flushall()

    wait_until(lambda: not wrong(redis, tasks(stack)), RIGHT_WITHIN)


def test_a_killed_mirror_goes_on_where_it_was(stack: Stack, redis: RedisServer) -> None:
    with load(stack):
        stack.kill("mirror")
        wait_until(lambda: "mirror ended (signal 9)" in str(stack.output), 10)
        # All before may have been written: this one the next mirror has to write.
        create(stack, "add", 1, 2)
    all_ended(stack, within=60)

    wait_until(lambda: not wrong(redis, tasks(stack)), RIGHT_WITHIN)


@pytest.mark.parametrize(
    ("url", "why"), [("redis://127.0.0.1:1/0", "is the mirror of"), ("", "ZONDA_REDIS_URL is not set")]
)
def test_a_mirror_that_can_not_be_one_says_why(stack: Stack, url: str, why: str) -> None:
    the_mirror_is_well(stack)
    refused = subprocess.run(
        [ROOT / ".venv/bin/python", "backend/manage.py", "mirror"],
        cwd=ROOT,
        env=own_environment(stack.home, {"ZONDA_REDIS_URL": url}),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert (refused.returncode, why in refused.stderr) == (1, True), refused.stderr


@pytest.mark.timeout(120 + AWAY)
def test_redis_may_come_after_zonda_and_come_back_empty(stack: Stack, redis: RedisServer) -> None:
    assert EARLY in [key for key, *_ in tasks(stack)]
    wait_until(lambda: not wrong(redis, tasks(stack)), RIGHT_WITHIN, "all are right once Redis is there")
    mirror = stack.pid("mirror")

    with load(stack):
        go_through_an_outage(stack, redis, "killed", AWAY)
    all_ended(stack, within=60)

    wait_until(lambda: not wrong(redis, tasks(stack)), RIGHT_WITHIN, "all are right")
    assert stack.pid("mirror") == mirror


# --- what is done and seen -------------------------------------------------------------------------------------------


def the_mirror_is_well(stack: Stack) -> None:
    """Another test may just have had Redis away, or the mirror killed."""

    def checked() -> str:
        with urllib.request.urlopen(f"{stack.url}readyz", timeout=10) as answer:
            status: str = json.load(answer)["checks"]["mirror"]["status"]
        return status

    wait_until(lambda: checked() == "ok", 15, "the mirror is well")


def go_through_an_outage(stack: Stack, redis: RedisServer, how: str, seconds: float) -> None:
    """Redis is away for so long. Tasks go on, and what ended until it is back is right soon after."""
    wait_until(lambda: redis.client.dbsize() > 200, 20, "the load is there")
    take_away(redis, how)
    before = len(tasks(stack))
    threading.Event().wait(seconds)
    # Those that had to wait then may be many, on a machine that does other things too.
    wait_until(lambda: len(ended_ones(tasks(stack))) > before, 20, "tasks go on without Redis")
    meanwhile = tasks(stack)
    bring_back(redis, how)
    back = time.monotonic()
    wait_until(lambda: not wrong(redis, ended_ones(meanwhile)), RIGHT_WITHIN, "what has ended is right")
    # Shown by `pytest -rP`.
    sys.stdout.write(f"{how} for {seconds} s: {len(meanwhile)} hashes right {time.monotonic() - back:.1f} s after\n")


def take_away(redis: RedisServer, how: str) -> None:
    match how:
        case "killed":
            redis.stop()
        case "stalled":
            redis.stall()
        case "full":
            redis.configure(maxmemory=1)
        case "read-only":
            redis.client.replicaof("127.0.0.1", str(free_port()))


def bring_back(redis: RedisServer, how: str) -> None:
    match how:
        case "killed":
            redis.start()
        case "stalled":
            redis.go_on()
        case "full":
            redis.configure(maxmemory=0)
        case "read-only":
            redis.client.replicaof("no", "one")


@contextmanager
def load(stack: Stack) -> Iterator[None]:
    """Tasks all the time, about as many as are done."""
    over = threading.Event()

    def go_on() -> None:
        while not over.wait(0.2):
            create_many(stack, [{"name": "add", "args": [number, 1]} for number in range(40)])

    creating = threading.Thread(target=go_on)
    creating.start()
    try:
        yield
    finally:
        over.set()
        creating.join()


@contextmanager
def watching(redis: RedisServer, keys: list[str]) -> Iterator[dict[str, list[str]]]:
    """The statuses that each hash was seen to have, hundreds of times a second; one that stayed stands once."""
    over = threading.Event()
    seen: dict[str, list[str]] = {key: [] for key in keys}

    def look() -> None:
        with Redis(unix_socket_path=str(redis.socket), decode_responses=True) as client:
            # So often as one look at each by itself would come to, and with a fraction of its work.
            while not over.wait(0.002):
                with client.pipeline(transaction=False) as asked:
                    for key in keys:
                        asked.hget(key, "status")
                    for key, status in zip(keys, asked.execute(), strict=True):
                        note(key, cast("str | None", status))

    def note(key: str, status: str | None) -> None:
        if status is not None and seen[key][-1:] != [status]:
            seen[key].append(status)

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield seen
    finally:
        over.set()
        looking.join()


def ended(redis: RedisServer, key: str) -> dict[str, str] | None:
    """The hash of a task that has ended."""
    found = redis.hash(key)
    return found if found.get("status") in ("success", "failed") else None


def tasks(stack: Stack) -> list[Found]:
    """Every task as the record has it, read at once: a look by pages would take longer than the tasks do."""
    with closing(sqlite3.connect(f"file:{stack.home / 'zonda.sqlite3'}?mode=ro", uri=True)) as record:
        return record.execute(
            "SELECT key, status, CAST(result AS text), error, CAST(attempt AS text) FROM zonda_task"
        ).fetchall()


def ended_ones(found: list[Found]) -> list[Found]:
    return [task for task in found if task[1] in TERMINAL]


def wrong(redis: RedisServer, found: list[Found]) -> list[str]:
    """The ids of those tasks whose hashes say something else."""
    with redis.client.pipeline(transaction=False) as asked:
        for key, *_ in found:
            asked.hmget(key, "status", "result", "error", "attempt")
        said = asked.execute()
    return [
        key
        for (key, status, *rest), (word, *fields) in zip(found, said, strict=True)
        if [WORDS[status], *rest] != [word, *fields]
    ]
