"""A ventilator that stands still: another one takes over, and what the first says afterwards counts for nothing."""

import json
import os
import signal
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.support.parts import Part, Parts, stand_still
from tests.support.tasks import CREATE, all_ended, counts, create_many, every_task, ids, lines
from tests.support.waiting import wait_until

ANSWERED_WITHIN = 25.0
"""Seconds in which a client is told that nothing can be written: ten, and what a busy machine adds."""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Parts, list[Part]]]:
    """One Zonda, and its ventilators: each test leaves it with nothing to do, and the last of them at work."""
    with Parts(tmp_path_factory.mktemp("fencing") / "home", shared=True) as parts:
        yield parts, [parts.begin_all(ZONDA_SLOTS="2")["ventilator"]]


@pytest.fixture
def parts(running: tuple[Parts, list[Part]]) -> Parts:
    return running[0]


@pytest.fixture
def ventilators(running: tuple[Parts, list[Part]]) -> list[Part]:
    return running[1]


def writes(parts: Parts, part: Part) -> bool:
    """Whether this process has the turn to write: then it is between the BEGIN and the COMMIT, or close to them."""
    turn = Path(f"{parts.home}/zonda.sqlite3-now")
    if not turn.exists():
        return False
    inode = str(turn.stat().st_ino)
    for line in Path("/proc/locks").read_text().splitlines():
        words = line.split()
        if words[1:3] == ["FLOCK", "ADVISORY"] and words[4] == str(part.pid) and words[5].rpartition(":")[2] == inode:
            return True
    return False


def stop(parts: Parts, part: Part, *, writing: bool) -> None:
    """Stop it inside a write, or outside of one: by trying until it is so."""

    def tried() -> bool:
        stand_still(part.pid)
        if writes(parts, part) is writing:
            return True
        part.signal(signal.SIGCONT)
        return False

    wait_until(tried, 20, f"the ventilator is stopped {'inside' if writing else 'outside'} a write", seldom=False)


def refused(parts: Parts) -> tuple[int, Any, dict[str, Any]]:
    """Status, Retry-After and body of a createTask that is refused."""
    request = urllib.request.Request(
        f"{parts.url}graphql",
        json.dumps({"query": CREATE, "variables": {"name": "add", "args": [1, 2]}}).encode(),
        {"Content-Type": "application/json", "Accept": "application/graphql-response+json"},
    )
    with pytest.raises(urllib.error.HTTPError) as found, urllib.request.urlopen(request, timeout=60):
        pass
    with found.value as error:
        return error.code, error.headers["Retry-After"], json.load(error)


def test_an_old_ventilator_that_goes_on_beside_a_new_one_is_refused_and_ends(
    parts: Parts, ventilators: list[Part], tmp_path: Path
) -> None:
    """I13, I7, L3: stopped outside a write, its lock file taken away, another one started."""
    history = tmp_path / "history"
    before = counts(parts)
    old = ventilators[-1]
    long = create_many(parts, [{"name": "span", "args": [str(history), 8.0]}])
    wait_until(lambda: len(lines(history)) == 1, 15, "it runs")

    stop(parts, old, writing=False)
    (parts.home / "ventilator.lock").unlink()
    new = parts.begin("ventilator").wait_until_ready()
    ventilators.append(new)
    done = create_many(parts, [{"name": "trace", "args": [str(tmp_path / "trace")]}] * 50)
    # The worker and the sink find the new one though the old one has not let go of its connections.
    wait_until(lambda: len(ids(lines(tmp_path / "trace"))) == 50, 40, "the new one hands out tasks")
    old.signal(signal.SIGCONT)
    code = old.ended()
    after = create_many(parts, [{"name": "trace", "args": [str(tmp_path / "trace")]}] * 50)
    ended = all_ended(parts, within=40)

    assert code == 1
    assert "another one has taken over" in old.log.read_text()
    assert new.process.poll() is None
    assert ended == {**before, "finished": before["finished"] + 101}
    assert Counter(line.split()[0] for line in lines(tmp_path / "trace")) == Counter([*done, *after])
    assert [line.split()[1] for line in lines(history) if line.startswith("begin")] == long
    assert {len(task["attempts"]) for task in every_task(parts, among=[*long, *done, *after])} == {1}


def test_a_zonda_of_another_home_on_the_same_record_takes_over_and_loses_nothing(tmp_path: Path) -> None:
    """I4, I7, I13, L3: locks are a home's, so nobody is refused; the younger ventilator grants, the other ends."""
    history, record = tmp_path / "history", {"DATABASE_URL": f"sqlite:///{tmp_path}/shared.sqlite3"}
    with ExitStack() as homes:
        first, second = (homes.enter_context(Parts(tmp_path / name, record)) for name in ("first", "second"))
        homes.callback(second.end_all)
        homes.callback(first.end_all)
        old = first.begin_all()["ventilator"]
        keys = create_many(first, [{"name": "span", "args": [str(history), 1.0]}] * 12)
        wait_until(lambda: lines(history), 15, "they run")

        new = second.begin_all()["ventilator"]
        code = old.ended(within=30)
        keys += create_many(first, [{"name": "add", "args": [1, 2]}])
        ended = all_ended(second, within=60)

        assert code == 1
        assert "another one has taken over" in old.log.read_text()
        assert new.process.poll() is None
        assert ended == {"queueing": 0, "running": 0, "failed": 0, "finished": len(keys)}
        outcomes = {task["id"]: [one["outcome"] for one in task["attempts"]] for task in every_task(second)}
        assert {key: found.count("SUCCEEDED") for key, found in outcomes.items()} == dict.fromkeys(keys, 1)


def test_a_ventilator_stopped_inside_a_write_costs_clients_an_error_and_no_task(
    parts: Parts, ventilators: list[Part], tmp_path: Path
) -> None:
    """I1, I7, L3: clients are told UNAVAILABLE in time, and all goes on once it continues, or is killed."""
    before = counts(parts)
    old = ventilators[-1]
    created = create_many(parts, [{"name": "trace", "args": [str(tmp_path / "trace"), 0.02]}] * 400)

    stop(parts, old, writing=True)
    began = time.monotonic()
    behind: list[tuple[int, Any, dict[str, Any]]] = []
    second = threading.Thread(target=lambda: behind.append(refused(parts)))
    second.start()
    status, retry_after, answer = refused(parts)
    second.join()
    took = time.monotonic() - began
    old.signal(signal.SIGCONT)
    created += create_many(parts, [{"name": "trace", "args": [str(tmp_path / "trace")]}])

    assert (status, retry_after) == (503, "1")
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "UNAVAILABLE"
    assert "Another process has kept the record to itself" in error["message"]
    assert [found[:2] for found in behind] == [(503, "1")]
    assert took < ANSWERED_WITHIN

    stop(parts, old, writing=True)
    os.kill(old.pid, signal.SIGKILL)
    ventilators.append(parts.begin("ventilator").wait_until_ready())
    ended = all_ended(parts, within=60)

    assert ended == {**before, "finished": before["finished"] + len(created)}
    assert Counter(line.split()[0] for line in lines(tmp_path / "trace")) == Counter(created)
