"""Clocks that jump, and clocks that differ: only the record's counts, and only for when something may run (I12)."""

import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.parts import Parts
from tests.support.tasks import create, create_many, finished, lines, read
from tests.support.trouble import lacking
from tests.support.waiting import wait_until


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    with Parts(tmp_path / "home") as parts:
        yield parts
        parts.end_all()


def fake_clock(offset: Path) -> dict[str, str]:
    """A process that has this in its environment finds in the file how much its wall clock is off, again and again."""
    if shutil.which("faketime") is None:
        lacking("no faketime on PATH; as root on Debian `./RUN.sh test` installs it")
    (library,) = Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")
    return {
        "LD_PRELOAD": str(library),
        "FAKETIME_TIMESTAMP_FILE": str(offset),
        "FAKETIME_NO_CACHE": "1",
        # Else it shifts the monotonic clock too, which no change of a real clock does.
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",
    }


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_clocks_that_jump_by_an_hour_and_differ_by_a_day_lose_nobody_and_start_nothing_early(
    parts: Parts, tmp_path: Path
) -> None:
    """I8, I12, L1."""
    clock, day_off = tmp_path / "clock", tmp_path / "day-off"
    clock.write_text("+0")
    day_off.write_text("+1d")
    others = [parts.begin(name, environment=fake_clock(clock)) for name in ("backend", "ventilator", "sink")]
    worker = parts.begin("worker-1", environment={"ZONDA_SLOTS": "3", **fake_clock(day_off)}).wait_until_ready()
    history = tmp_path / "history"
    for part in others:
        part.wait_until_ready()
    later = create(parts, "add", 1, 2, runAfter=(datetime.now(UTC) + timedelta(hours=3)).isoformat())["id"]
    long = create_many(parts, [{"name": "span", "args": [str(history), 6.0]}] * 2)
    wait_until(lambda: len(lines(history)) == 2, 20, "they run")

    done = []
    for offset in ("+3600", "+0", "-3600", "+0"):
        clock.write_text(offset)
        task = create(parts, "add", 1, 2)["id"]
        done.append(finished(parts, task, 15))
    done += [finished(parts, key, 20) for key in long]

    assert {task["status"] for task in done} == {"FINISHED"}, done
    assert [len(task["attempts"]) for task in done] == [1] * 6
    assert Counter(line.split()[1] for line in lines(history)) == Counter(long * 2)
    for task in done:
        assert instant(task["startedAt"]) <= instant(task["finishedAt"])
    spans = [instant(task["finishedAt"]) - instant(task["startedAt"]) for task in done[-2:]]
    assert all(timedelta(seconds=5.9) <= span < timedelta(minutes=5) for span in spans), spans
    created = [instant(task["createdAt"]) for task in done]
    assert max(created) - min(created) > timedelta(hours=1.5), "the clock did not jump both ways"
    assert read(parts, later)["status"] == "QUEUEING"
    assert read(parts, later)["attempts"] == []
    assert not any('"worker.lost"' in log.read_text() for log in (parts.home / "logs").glob("ventilator.*.log"))
    year_month_day = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
    assert year_month_day in worker.log.read_text(), "the worker's clock was not a day off"


def test_pauses_are_as_long_as_they_were_when_the_clock_jumps(parts: Parts, tmp_path: Path) -> None:
    """L1, I12: one of ten minutes is not over after a jump by an hour, nor does one of seconds last for an hour."""
    clock = tmp_path / "clock"
    clock.write_text("+0")
    begun = [parts.begin(name, environment=fake_clock(clock)) for name in ("backend", "ventilator", "sink", "worker-1")]
    for part in begun:
        part.wait_until_ready()

    long = create(parts, "fail_first", 600.0)["id"]
    wait_until(lambda: (task := read(parts, long))["attempts"] and task["status"] == "QUEUEING", 15, "it waits")
    clock.write_text("+3600")
    # The ventilator looks at the record each second, and has looked after the jump once this one has ended.
    assert finished(parts, create(parts, "add", 1, 2)["id"])["result"] == 3
    short = create(parts, "fail_first", 3.0)["id"]
    lost = create(parts, "die")["id"]
    wait_until(lambda: read(parts, short)["attempts"], 15, "it has failed once")
    clock.write_text("+0")

    assert finished(parts, short, 15)["status"] == "FINISHED"
    assert (finished(parts, lost, 15)["reason"], len(read(parts, lost)["attempts"])) == ("LOST", 3)
    waiting = read(parts, long)
    assert (waiting["status"], len(waiting["attempts"])) == ("QUEUEING", 1)
