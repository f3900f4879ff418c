"""The checker of `./RUN.sh soak chaos` on histories and records that were tampered with: it must tell each."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.soak.chaos import history
from tests.soak.chaos.checker import (
    EARLY,
    LOST_TASK,
    NO_REASON,
    NOBODYS,
    NUMBERS,
    RAN_THOUGH_CANCELLED,
    STUCK,
    TOO_OFTEN,
    TWICE,
    WRONG_END,
    WRONG_RESULT,
    Evidence,
    breaches,
)
from tests.soak.chaos.nemesis import ANYBODY, Fault
from tests.soak.chaos.record import Row, Watch
from tests.soak.chaos.report import Again, lines, percentile, run_again, too_late
from tests.soak.chaos.wishes import CANCELLED, FINISHED, LOST, Kind, Wish
from tests.soak.doctors import examine
from tests.support.migrated import begin_migrated
from tests.support.stack import own_environment

DUE = 1_000.0
"""By the wall's clock, which says 900 more than the monotonic one here."""

TOLD = """\
begin plain 1 worker-1/4 11 100.0 1000.0
end plain 1 worker-1/4 11 100.5
begin later 1 worker-1/4 11 101.0 1001.0
end later 1 worker-1/4 11 101.5
begin killed 1 worker-2/5 12 102.0 1002.0
begin killed 2 worker-1/4 11 106.0 1006.0
end killed 2 worker-1/4 11 107.0
"""

KILL = Fault("kill -9 worker", "worker-2", 103.0, 103.0, "worker-2", "worker-2/5")

type Doctor = Callable[[Evidence], Evidence]


def a_wish(key: str, kind: Kind = Kind.PLAIN, run_after: float | None = None, **more: float) -> Wish:
    return Wish(key, kind, {}, run_after, 990.0, ends=frozenset({FINISHED, LOST, CANCELLED}), **more)


def a_row(key: str, *outcomes: str | None, status: str = "FINISHED", reason: str | None = None) -> Row:
    attempts = tuple(enumerate(outcomes, 1))
    result = next((number for number, outcome in reversed(attempts) if outcome == "SUCCEEDED"), None)
    return Row(key, status, reason, len(attempts), 1, 1, holder=None, attempts=attempts, result=result)


def good() -> Evidence:
    """One that ran, one that was put off, one whose worker was killed, and one that was cancelled before it was due."""
    wishes = [
        a_wish("plain"),
        a_wish("later", Kind.LATER, DUE),
        a_wish("killed"),
        a_wish("cancelled", Kind.CANCELLED_EARLY, DUE + 10, cancelled=DUE),
    ]
    rows = [
        a_row("plain", "SUCCEEDED"),
        a_row("later", "SUCCEEDED"),
        a_row("killed", "LOST", "SUCCEEDED"),
        a_row("cancelled", status="FAILED", reason="CANCELLED"),
    ]
    runs = history.read(TOLD.splitlines())
    return Evidence({wish.key: wish for wish in wishes}, runs, {row.key: row for row in rows}, [KILL])


def with_row(key: str, row: Row | None) -> Doctor:
    def doctored(seen: Evidence) -> Evidence:
        rows = {other: there for other, there in seen.rows.items() if other != key}
        return replace(seen, rows=rows | ({} if row is None else {key: row}))

    return doctored


def with_lines(*more: str, without: str = "nothing") -> Doctor:
    told = [line for line in TOLD.splitlines() if without not in line]
    return lambda seen: replace(seen, runs=history.read([*told, *more]))


UNHEARD = with_lines(
    "begin later 1 worker-2/5 12 102.5 1002.5",
    "begin later 1 worker-1/4 11 106.5 1006.5",
    "end later 1 worker-1/4 11 107.0",
    without="later",
)
"""Its worker was killed between the two."""


def without_faults(seen: Evidence) -> Evidence:
    return replace(UNHEARD(seen), faults=[])


def test_of_a_good_history_it_says_nothing() -> None:
    assert breaches(good()) == []


def test_what_a_killed_worker_ran_unheard_may_run_once_more_under_the_same_number() -> None:
    assert breaches(UNHEARD(good())) == []


TWO = a_row("plain", "SUCCEEDED", "SUCCEEDED")
RUNNING = replace(a_row("plain", None, status="RUNNING"), holder="incarnation")
CANCELLED_UNRUN = a_row("plain", status="FAILED", reason="CANCELLED")
STALE = replace(a_row("killed", "LOST", "SUCCEEDED"), result=1)
LOST_AT_ONCE = a_row("killed", "LOST", "LOST", status="FAILED", reason="LOST")

DOCTORED: dict[str, tuple[str, str, Doctor]] = {
    "a task that was acknowledged is gone": ("I1", LOST_TASK, with_row("plain", None)),
    "one is said to have succeeded that never ran": ("I1", LOST_TASK, with_lines(without="plain")),
    "one never came to its end": ("I1", LOST_TASK, with_lines(without="end plain")),
    "one still runs": ("L3", STUCK, with_row("plain", RUNNING)),
    "one still waits": ("L3", STUCK, with_row("plain", a_row("plain", status="QUEUEING"))),
    "one succeeded twice": ("I4", TWICE, with_row("plain", TWO)),
    "one finished without a success": ("I4", TWICE, with_row("plain", a_row("plain", "FAILED"))),
    "one failed that cannot": ("I4", WRONG_END, with_row("plain", a_row("plain", "FAILED", status="FAILED"))),
    "one has what its first run returned": ("I4", WRONG_RESULT, with_row("killed", STALE)),
    "one was given up too soon": ("I6", WRONG_END, with_row("killed", LOST_AT_ONCE)),
    "one was tried too often": ("I6", NUMBERS, with_row("plain", a_row("plain", "FAILED", "SUCCEEDED"))),
    "an attempt is missing": ("I7", NUMBERS, with_row("later", replace(a_row("later", "SUCCEEDED"), attempt=2))),
    "an attempt has not ended": ("I7", NUMBERS, with_row("killed", a_row("killed", None, "SUCCEEDED"))),
    "one ran twice, and no worker was lost": (
        "I7",
        TOO_OFTEN,
        with_lines("begin plain 1 worker-3/6 13 99.0 999.0"),
    ),
    "one ran twice, and nothing was done to anybody": ("I7", TOO_OFTEN, without_faults),
    "one ran once more than it was attempted": ("I7", TOO_OFTEN, with_lines("begin plain 2 worker-3/6 13 150 1050")),
    "one ran before it was due": ("I8", EARLY, with_lines("begin later 1 worker-1/4 11 99.9 999.9", without="later")),
    "one ran that was cancelled before it was due": (
        "I10",
        RAN_THOUGH_CANCELLED,
        with_lines("begin cancelled 1 worker-1/4 11 111 1011"),
    ),
    "one ran that was cancelled and never attempted": ("I10", RAN_THOUGH_CANCELLED, with_row("plain", CANCELLED_UNRUN)),
    "one is there that nobody asked for": ("I3", NOBODYS, with_row("nobody's", a_row("nobody's", "SUCCEEDED"))),
    "one ran that is nowhere": ("I3", NOBODYS, with_lines("begin ghost 1 worker-1/4 11 111 1011")),
}


@pytest.mark.parametrize(("number", "what", "doctor"), DOCTORED.values(), ids=DOCTORED)
def test_it_tells_of_what_was_tampered_with(number: str, what: str, doctor: Doctor) -> None:
    found = breaches(doctor(good()))

    assert (number, what) in {(breach.number, breach.what) for breach in found}, found


def test_an_attempt_may_be_lost_with_its_child_but_not_with_a_ventilator() -> None:
    child = Fault("kill -9 child", "worker-2's child 12", 103.0, 103.0, pid=12)
    assert breaches(replace(good(), faults=[child])) == []

    ventilator = Fault("kill -9 ventilator", "ventilator", 103.0, 103.0, ANYBODY)
    (found,) = breaches(replace(good(), faults=[ventilator]))
    assert (found.number, found.what) == ("I6", NO_REASON)


def test_an_end_that_became_another_one_is_told() -> None:
    watch = Watch(path=None)  # type: ignore[arg-type]  # it is not looked at
    watch.look({("plain", 1): ("FINISHED", None, "12:00")})
    watch.look({("plain", 1): ("FINISHED", None, "12:00"), ("plain", 2): ("FAILED", "ERROR", "12:01")})
    assert watch.changed == []

    watch.look({("plain", 1): ("FINISHED", None, "12:02")})

    assert len(watch.changed) == 1


def test_the_doctor_is_asked_and_what_it_finds_is_told(tmp_path: Path) -> None:
    home = tmp_path / "home"
    environment = own_environment(home, {})
    begin_migrated(home, environment)
    assert examine(environment) == []

    with closing(sqlite3.connect(home / "zonda.sqlite3")) as record:
        record.execute("DROP TRIGGER zonda_task_terminal")
    (found,) = examine(environment)

    assert found.check == "I4"
    assert [one.check for one in examine({**environment, "DATABASE_URL": "nonsense"})] == ["doctor"]


def test_a_history_that_cannot_be_is_refused() -> None:
    for line in ("end plain 1 worker-1/4 11 100.5", "begin plain", "something else"):
        with pytest.raises(ValueError, match=line):
            history.read([line])


def test_how_long_after_the_kill_a_task_ran_again_is_measured_from_the_kill() -> None:
    seen = good()

    (again,) = run_again(seen.runs, seen.faults)

    assert (again.key, again.seconds, again.alone) == ("killed", 3.0, True)
    assert (again.killed, again.runs) == (KILL.began, KILL.life)
    other = Fault("stop sink", "sink", 106.0, 107.0)
    assert not run_again(seen.runs, [KILL, other])[0].alone


def test_running_again_too_late_is_told_once_there_are_samples_enough() -> None:
    late = [Again("a", 2.0 if number < 98 else 6.0, alone=True) for number in range(100)]

    assert [breach.number for breach in too_late(late)] == ["L1"]
    assert too_late(late[:99]) == []
    assert too_late([*late[:98], Again("a", 2.0, alone=True), late[99]]) == []
    assert too_late([replace(one, alone=False) for one in late]) == []


def test_a_percentile_is_one_of_the_numbers() -> None:
    hundred = [float(number) for number in range(1, 101)]

    assert [percentile(hundred, part) for part in (0.5, 0.99, 1.0)] == [50.0, 99.0, 100.0]
    assert percentile([7.0], 0.99) == 7.0


def test_the_report_counts_what_was_lost_settled_twice_and_stuck() -> None:
    twice = with_lines("begin plain 2 worker-1/4 11 108 1008", "end plain 2 worker-1/4 11 109")
    seen = with_row("later", None)(with_row("plain", TWO)(twice(good())))
    seen = with_row("killed", replace(a_row("killed", None), status="RUNNING"))(seen)

    told = "\n".join(lines(seen, breaches(seen), run_again(seen.runs, seen.faults)))

    assert [line.split()[-1] for line in told.splitlines() if line.startswith(("lost", "settled", "stuck"))] == [
        "1",
        "1",
        "1",
    ]
