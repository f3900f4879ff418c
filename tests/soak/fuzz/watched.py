"""What is looked at while it is sent: the processes, their memory, and what became of the good tasks."""

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Final

from tests.soak.doctors import examine
from tests.soak.fuzz.frames import FORGED, Seen
from tests.support.parts import Part, Parts

_ENDED_AT_MOST: Final = 200
_OPEN_AT_MOST: Final = 50


def resident(pid: int) -> float:
    """MiB of memory that the process has."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise AssertionError(f"process {pid} has ended")


def look(home: Path, seen: Seen) -> None:
    """Learn what is true by now."""
    with closing(_record(home)) as record:
        seen.ended = record.execute(
            "SELECT t.key, a.fence, a.worker, a.incarnation "
            "FROM zonda_attempt a JOIN zonda_task t ON t.seq = a.task_id "
            "WHERE t.finished_at IS NOT NULL ORDER BY a.id DESC LIMIT ?",
            [_ENDED_AT_MOST],
        ).fetchall()
        seen.opened = record.execute(
            "SELECT key, fence, worker_topic, holder FROM zonda_task WHERE holder IS NOT NULL LIMIT ?", [_OPEN_AT_MOST]
        ).fetchall()
        ((seen.epoch,),) = record.execute("SELECT value FROM zonda_epoch")


def wrong(home: Path, expected: Mapping[str, int]) -> dict[str, str]:
    """Each good task that is not FINISHED with its result yet, or was run more than once, with what it is."""
    with closing(_record(home)) as record:
        found = record.execute(
            "SELECT key, status, result, attempt, error FROM zonda_task WHERE key IN (SELECT value FROM json_each(?))",
            [json.dumps(list(expected))],
        ).fetchall()
    there = {key: (status, result, attempt, error) for key, status, result, attempt, error in found}
    return {
        key: "not there" if key not in there else " ".join(map(str, there[key]))
        for key, result in expected.items()
        if there.get(key, ())[:3] != ("FINISHED", str(result), 1)
    }


def forged(home: Path) -> list[str]:
    """What the record has of all that was said of open grants by who may not."""
    kept = {
        "progress of a task": "SELECT key FROM zonda_task WHERE progress_message LIKE ?1",
        "result of a task": "SELECT key FROM zonda_task WHERE result LIKE ?1",
        "error of an attempt": "SELECT task_id FROM zonda_attempt WHERE error LIKE ?1 OR traceback LIKE ?1",
        "line of an attempt": "SELECT task_id FROM zonda_log_line WHERE text LIKE ?1",
    }
    with closing(_record(home)) as record:
        return [
            f"{what} {whose}" for what, query in kept.items() for (whose,) in record.execute(query, [f"%{FORGED}%"])
        ]


def slowest(home: Path, expected: Mapping[str, int]) -> float:
    """The seconds from the creation to the end of the good task that took the longest."""
    with closing(_record(home)) as record:
        ((took,),) = record.execute(
            "SELECT max(julianday(finished_at) - julianday(created_at)) * 86400 FROM zonda_task "
            "WHERE key IN (SELECT value FROM json_each(?))",
            [json.dumps(list(expected))],
        )
    return float(took or 0.0)


def seats(home: Path) -> int:
    """Rows of workers in the record."""
    with closing(_record(home)) as record:
        return int(record.execute("SELECT count(*) FROM zonda_worker").fetchone()[0])


def doctor(parts: Parts) -> list[str]:
    """What the doctor finds in the record while everything runs."""
    return [str(found) for found in examine(parts.environment)]


def faults(part: Part) -> list[str]:
    """The lines of its log that no sender should be able to cause: faults, and what is no line of a log."""
    return [line[:1_000] for line in part.log.read_text(errors="replace").splitlines() if not _is_told(line)]


def _is_told(line: str) -> bool:
    try:
        told = json.loads(line)
    except ValueError:
        return False
    return told["level"] in ("debug", "info", "warning") and "traceback" not in told


def _record(home: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{home / 'zonda.sqlite3'}?mode=ro", uri=True, timeout=20)
