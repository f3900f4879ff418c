"""`./RUN.sh soak chaos`: see --help."""

import argparse
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from tests.soak.chaos import checker, history, record, report
from tests.soak.chaos.checker import Breach, Evidence
from tests.soak.chaos.clients import Client
from tests.soak.chaos.nemesis import Fault, Nemesis
from tests.soak.chaos.zonda import Besieged, besieged
from tests.soak.doctors import examine
from tests.support.tasks import lines
from tests.support.trouble import SmallDisk

_BREACHED: Final = 1

_CLIENTS: Final = 3
_DISK: Final = 96
"""MiB, enough for the record of an hour."""

_LONGEST: Final = 3.0
"""Seconds that a task runs at most."""

_CALM: Final = 90.0
"""Seconds after the storm in which everything must have ended, the last put off by 15 s when it was created."""

_ABOUT: Final = """\
Lets a storm loose on a whole Zonda of real processes, over TCP with a relay between any two of them, its record on a
small disk of its own. Meanwhile clients create tasks of every kind and ask until they are answered; the task functions
write to a file of their own what runs. The storm, by a seed: kill -9 of backend, ventilator, sink, workers and their
children; SIGSTOP and, some seconds later, SIGCONT; links between two of them that stand still, are half-open, reset,
cut in the middle of a frame, slow or narrow; the record's disk full to the last byte. One at a time, and two at once.

When it is over everything must end by itself. Then a checker goes by that file, the record, what clients asked for and
were answered, and what the storm did to whom: what was acknowledged is there and has ended (I1, L3), as it may (I4,
I6), once (I4), with the result of its last run; nothing that nobody asked for (I2, I3); nothing ran before it was due
(I8) or though it was cancelled before it was granted (I10), nothing more often than it was attempted, but what a worker
ran unheard that was then lost (I7); nothing was lost with a worker to whom nothing was done (I6). The doctor finds
nothing. And it tells how long after a worker's kill -9 its tasks ran again (L1): under 5 s in the 99th of a hundred,
where nothing else was amiss.

Exits with 1 on a breach."""


def main() -> int:
    """The exit code."""
    asked = _parser().parse_args()
    _say(f"seed {asked.seed}, {asked.minutes:g} minutes on {asked.workers} workers of {asked.slots} slots")
    with tempfile.TemporaryDirectory(prefix="zonda-chaos-") as folder, _small_disk(Path(folder) / "disk") as disk:
        path = (disk.path if disk else Path(folder)) / "zonda.sqlite3"
        with besieged(Path(folder) / "home", path, asked.workers, asked.slots) as (zonda, links):
            _say("ready")
            told = Path(folder) / "history"
            nemesis = Nemesis(
                random.Random(asked.seed),
                zonda,
                links,
                disk,
                asked.alone,
                lambda: history.running(lines(told), time.monotonic() - _LONGEST),
                _tell(time.monotonic()),
            )
            seen, found = _storm(zonda, nemesis, path, told, asked)
            given_up = _count(zonda, "ventilator", '"worker.lost"')
            if found and asked.keep:
                subprocess.run(["cp", "-r", folder, asked.keep], check=False)
    again = report.run_again(seen.runs, seen.faults)
    found += report.too_late(again)
    for line in report.lines(seen, found, again):
        _say(line)
    _say(f"workers given up by the ventilator: {given_up}")
    for breach in found:
        _say(f"BREACH {breach}")
    if found:
        _say(f"again: ./RUN.sh soak chaos {' '.join(sys.argv[1:])} --seed {asked.seed}")
    return _BREACHED if found else 0


def _storm(
    zonda: Besieged, nemesis: Nemesis, path: Path, told: Path, asked: argparse.Namespace
) -> tuple[Evidence, list[Breach]]:
    """All of it; what is known afterwards, and what does not hold."""
    clients = [
        Client(f"client-{number}", zonda.url, str(told), f"{asked.seed}-{number}", asked.rate / _CLIENTS)
        for number in range(1, _CLIENTS + 1)
    ]
    over = threading.Event()

    def keep() -> None:
        while not over.wait(0.1):
            zonda.mend()

    keeping = threading.Thread(target=keep, name="keeper")
    keeping.start()
    found: list[Breach] = []
    try:
        with record.Watch(path) as watch:
            for client in clients:
                client.start()
            nemesis.storm(time.monotonic() + 60 * asked.minutes)
            began = time.monotonic()
            for client in clients:
                client.enough()
            for client in clients:
                if not client.ended(max(0.0, began + _CALM - time.monotonic())):
                    found.append(Breach("I1", "not answered", f"{client.name} within {_CALM:g} s after the storm"))
            while record.unended(path) and time.monotonic() < began + _CALM:
                over.wait(0.2)
            _say(f"calm after {time.monotonic() - began:.1f} s")
            found += _examined(zonda)
    finally:
        for client in clients:
            client.give_up()
        over.set()
        keeping.join()
    wishes = {key: wish for client in clients for key, wish in client.wishes.items()}
    seen = Evidence(wishes, history.read(lines(told)), record.read(path), nemesis.faults)
    found += [Breach("I4", checker.TWICE, changed) for changed in watch.changed]
    if not watch.looks:
        found.append(Breach("I4", "not watched", "the record could not be read once while it stormed"))
    found += [refusal for client in clients for refusal in client.refused]
    found += checker.breaches(seen)
    _say(
        f"clients asked again {sum(client.asked_again for client in clients)} times; {watch.looks} looks at the record"
    )
    return seen, found


def _examined(zonda: Besieged) -> list[Breach]:
    """What the doctor finds."""
    return [Breach(found.check, found.what, found.where) for found in examine(zonda.environment)]


def _count(zonda: Besieged, role: str, what: str) -> int:
    return sum(log.read_text(errors="replace").count(what) for log in (zonda.home / "logs").glob(f"{role}.*"))


@contextmanager
def _small_disk(path: Path) -> Iterator[SmallDisk | None]:
    try:
        disk = SmallDisk(path, _DISK).__enter__()
    except pytest.skip.Exception as lacking:
        _say(f"no full disk in this storm: {lacking}")
        yield None
        return
    try:
        yield disk
    finally:
        disk.__exit__()


def _tell(began: float) -> Callable[[Fault], None]:
    return lambda fault: _say(f"{fault.began - began:8.1f} s  {fault.kind}: {fault.where}")


def _say(text: str = "") -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./RUN.sh soak chaos", description=_ABOUT, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=5.0, help="how long the storm lasts (default 5)")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="of the faults and the tasks")
    parser.add_argument("--workers", type=int, default=4, help="processes (default 4)")
    parser.add_argument("--slots", type=int, default=3, help="of each worker (default 3)")
    parser.add_argument("--rate", type=float, default=8.0, help="tasks created a second (default 8)")
    parser.add_argument(
        "--alone", type=float, default=0.4, help="the part of the strikes that kill one worker and nothing else"
    )
    parser.add_argument("--keep", type=Path, help="where to copy home, record and history on a breach")
    return parser


if __name__ == "__main__":
    sys.exit(main())
