"""`./RUN.sh soak fuzz`: see --help."""

import argparse
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Final

from tests.soak.fuzz import watched
from tests.soak.fuzz.addresses import PORTS, Addresses
from tests.soak.fuzz.false_ventilator import FalseVentilator
from tests.soak.fuzz.frames import Seen
from tests.soak.fuzz.storm import Storm
from tests.support.links import free_ports
from tests.support.parts import PARTS, Part, Parts
from tests.support.tasks import create_many
from tests.support.waiting import wait_until

_ABOUT: Final = """\
Starts a whole Zonda, and a worker beside it that has a false ventilator, and sends to every topic what nobody should
send: random bytes, frames cut off or with flipped bits, in many parts, nested a hundred thousand times, larger than a
frame may be, not in UTF-8, with odd values in the place of others; and messages that can be read, and come from
nobody, for others, too late, twice or out of order: words of strangers, other incarnations, epochs and fences, reports
of what has long ended, and of what another worker runs now; thousands of hellos in one go; connections that speak no
ZeroMQ. Meanwhile good tasks are asked for, by HTTP and on TASKS. In the end: each good task is FINISHED with its result
by one attempt, and nothing that others said of it is in the record; every process is the one that was started, logged
no traceback and has not grown by more than was allowed; strangers took no more seats than there are for newcomers; the
doctor finds nothing (I3, I4, I5, I11, I13, L2, L3).

Exits with 1 on a breach, and tells the seed. With the same seed the same frames are drawn, though not at the same
moments."""

_BREACHED: Final = 1
_SLICE: Final = 40
"""Messages between two looks at the clock."""

_LOOK_EVERY: Final = 0.25
_GOOD_EVERY: Final = 0.5
_GOOD_AT_ONCE: Final = 4
_COUNTED: Final = 3
_PAUSE: Final = 0.3
"""What the one of them that runs for a while counts to, and how many seconds each number takes."""

_HUGE_EVERY: Final = 4.0
_DOCTOR_EVERY: Final = 20.0
_HELLOS_EVERY: Final = 5.0
_HELLOS: Final = 1_500
_QUIET_WITHIN: Final = 60.0
_WORKERS: Final = 2
_NEWCOMERS: Final = 100
"""Seats that strangers may have at once, as docs/limits.md says. One that fell silent is given out again a second
later, so there may be as many rows again."""


class Fuzz:
    """One run: what is started, sent and looked at."""

    def __init__(self, asked: argparse.Namespace, folder: Path) -> None:
        self._asked = asked
        self._chance = Random(asked.seed)
        self._names = Random(asked.seed + 2)
        self._seen = Seen()
        self._expected: dict[str, int] = {}
        self._found: list[str] = []
        first = free_ports(2 * PORTS) if asked.over == "tcp" else None
        self._here = Addresses(folder / "home/sockets", first)
        self._there = Addresses(folder / "other/sockets", first and first + PORTS)
        self._parts = Parts(folder / "home", {"ZONDA_SLOTS": "2", "ZONDA_TRANSPORT": self._here.transport})
        self._other = Parts(folder / "other", {"ZONDA_TRANSPORT": self._there.transport})
        self._began: dict[str, Part] = {}
        self._before: dict[str, float] = {}
        self._false: FalseVentilator | None = None

    def run(self) -> list[str]:
        """What is wrong in the end."""
        with self._parts, self._other:
            self._false = FalseVentilator(self._there, Random(self._asked.seed + 1))
            self._false.start()
            storm: Storm | None = None
            try:
                self._began = self._parts.begin_all(*PARTS, "worker-3")
                self._began["worker-2, of a false ventilator"] = self._other.begin("worker-2").wait_until_ready()
                storm = Storm(self._here, self._chance, self._seen)
                self._blow(storm, self._asked.warm_up)
                self._before = self._resident()
                self._blow(storm, self._asked.seconds or self._asked.minutes * 60)
                return self._judged(storm, self._false)
            finally:
                if storm is not None:
                    storm.close()
                self._false.end()

    def _blow(self, storm: Storm, seconds: float) -> None:
        began = now = time.monotonic()
        look_at = good_at = huge_at = hellos_at = now
        doctor_at = now + _DOCTOR_EVERY
        sent = 0
        while (now := time.monotonic()) < began + seconds:
            if now >= look_at:
                look_at = now + _LOOK_EVERY
                watched.look(self._parts.home, self._seen)
            if now >= good_at:
                good_at = now + _GOOD_EVERY
                self._ask_for_good(storm)
            if now >= huge_at:
                huge_at = now + _HUGE_EVERY
                storm.huge()
            if now >= hellos_at:
                hellos_at = now + _HELLOS_EVERY
                storm.hellos(_HELLOS)
            if now >= doctor_at:
                doctor_at = now + _DOCTOR_EVERY
                self._found += [f"doctor, in the midst of it: {found}" for found in watched.doctor(self._parts)]
            for _ in range(_SLICE):
                storm.step()
            sent += _SLICE
            # Not faster than asked for: this machine has other things to do too.
            time.sleep(max(0.0, began + sent / self._asked.rate - time.monotonic()))

    def _ask_for_good(self, storm: Storm) -> None:
        first = len(self._expected)
        # With so many random bits that no flipped one of an earlier id makes another task of it before it is asked for.
        names = [f"good-{first + n}-{self._names.getrandbits(64):016x}" for n in range(_GOOD_AT_ONCE)]
        tasks = [(name, first + n) for n, name in enumerate(names)]
        by_http, by_message = tasks[::2], tasks[1::2]
        # One that runs for a while is what others can speak of meanwhile.
        long = f"good-long-{first}-{self._names.getrandbits(64):016x}"
        counting = {"name": "count_to", "args": [_COUNTED, _PAUSE], "id": long}
        create_many(self._parts, [*({"name": "add", "args": [n, 1], "id": key} for key, n in by_http), counting])
        for key, n in by_message:
            storm.ask(key, n, 1)
        self._expected |= {**{key: n + 1 for key, n in tasks}, long: _COUNTED}

    def _judged(self, storm: Storm, false: FalseVentilator) -> list[str]:
        false.stop_granting()
        breaches = self._found
        try:
            wait_until(lambda: not watched.wrong(self._parts.home, self._expected), _QUIET_WITHIN)
            wait_until(lambda: false.quiet, _QUIET_WITHIN)
        except AssertionError:
            wrong = watched.wrong(self._parts.home, self._expected)
            breaches += [f"L2, L3: {key} is not FINISHED by one attempt: {how}" for key, how in wrong.items()][:20]
            breaches += [] if false.quiet else ["L2: a good grant of the false ventilator has not succeeded"]
        breaches += [f"false ventilator: {wrong}" for wrong in false.wrong[:20]]
        breaches += [f"I5: {kept} is what others have said" for kept in watched.forged(self._parts.home)][:20]
        breaches += [f"doctor: {found}" for found in watched.doctor(self._parts)]
        rows = watched.seats(self._parts.home)
        if rows > 2 * _NEWCOMERS + _WORKERS:
            breaches.append(f"I11: {rows} rows of workers")
        breaches += self._of_processes()
        _tell_what(storm.sent + false.sent, storm.dropped)
        longest = watched.slowest(self._parts.home, self._expected)
        _say(f"{len(self._expected)} good tasks, the slowest within {longest:.2f} s; {rows} rows of workers")
        _say(f"{false.succeeded} good grants of the false ventilator succeeded, {false.returned} were handed back")
        return breaches

    def _of_processes(self) -> list[str]:
        breaches = []
        for name, part in self._began.items():
            if part.process.poll() is not None:
                breaches.append(f"{name} has ended with {part.process.returncode}\n{part.tail()}")
                continue
            breaches += [f"{name} logged: {line}" for line in watched.faults(part)[:5]]
            now = watched.resident(part.pid)
            grown = now - self._before[name]
            _say(f"{name:<32} {now:6.1f} MiB, {grown:+.1f} MiB since the warm-up")
            if grown > self._asked.grown_at_most:
                breaches.append(f"{name} has grown by {grown:.1f} MiB")
        return breaches

    def _resident(self) -> dict[str, float]:
        return {name: watched.resident(part.pid) for name, part in self._began.items() if part.process.poll() is None}


def main() -> int:
    """The exit code."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    asked = _parser().parse_args()
    _say(f"seed {asked.seed}, over {asked.over}")
    folder, began = Path(tempfile.mkdtemp(prefix="zonda-fuzz-")), time.monotonic()
    breaches = Fuzz(asked, folder).run()
    if breaches:
        _say(f"kept, with the record and all logs: {folder}")
    else:
        shutil.rmtree(folder)
    for breach in breaches:
        _say(f"BREACH {breach}")
    _say(f"{time.monotonic() - began:.0f} s, seed {asked.seed}: {len(breaches)} breaches")
    return _BREACHED if breaches else 0


def _tell_what(sent: Mapping[tuple[str, str], int], dropped: int) -> None:
    by_topic: Counter[str] = Counter()
    by_kind: Counter[str] = Counter()
    for (topic, kind), many in sent.items():
        by_topic[topic] += many
        by_kind[kind] += many
    _say(f"{by_topic.total()} frames and knocks, {dropped} of them found no room in time")
    for counted in (by_topic, by_kind):
        _say("  " + ", ".join(f"{name} {many}" for name, many in counted.most_common()))


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./RUN.sh soak fuzz", description=_ABOUT, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=5.0, help="of the storm (default 5)")
    parser.add_argument("--seconds", type=float, help="instead of minutes")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="of what is sent")
    parser.add_argument("--over", choices=("ipc", "tcp"), default="ipc", help="what carries the topics (default ipc)")
    parser.add_argument("--rate", type=float, default=1_500.0, help="messages a second (default 1500)")
    parser.add_argument("--warm-up", type=float, default=5.0, metavar="SECONDS", help="before memory is first read")
    parser.add_argument("--grown-at-most", type=float, default=48.0, metavar="MIB", help="of each process (default 48)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
