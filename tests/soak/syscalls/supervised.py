"""Lives under a supervisor that is killed itself: by RUN.sh it is started again on the same home, as a user would."""

import signal
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Self

from backend.tasks.models import Task
from tests.soak.syscalls.life import Breach, Life
from tests.soak.syscalls.strace import Started, failure
from tests.soak.syscalls.sweep import Outcome, Point, diagnosed
from tests.support.migrated import begin_migrated
from tests.support.stack import GONE_WITHIN, READY_WITHIN, Stack, own_environment
from tests.support.starting import PROOF
from tests.support.waiting import wait_until

SUPERVISOR: Final = "supervisor"
"""What RUN.sh becomes, and with it what RUN.sh does before: one process from its first call to the end of a stop."""

_SECRETS: Final = ("service-token", "secret-key")


class SupervisedSweep:
    """One life after the other on this home, each from a start to an ordered stop. Nothing runs between two."""

    def __init__(self, home: Path, calls: Sequence[str], folder: Path) -> None:
        self._stack = Stack(home, environment=PROOF)
        self._calls = calls
        self._folder = folder
        self._lives = 0

    def __enter__(self) -> Self:
        # Looked at before the first start.
        begin_migrated(self._stack.home, own_environment(self._stack.home, PROOF))
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.clean_up()

    def count(self, role: str) -> list[tuple[str, Counter[str]]]:
        """How often the supervisor, which has one thread, makes each call in a life."""
        # What only the first start of a checkout does, such as building the page, is no part of a life.
        self._stack.start()
        self._stack.wait_until_ready()
        self._stack.stop()
        strace = Started(self._calls, self._folder / "strace")
        breaches, _ = self._live(strace)
        if breaches:
            raise Breach("\n".join(breaches))
        return [(role, strace.counted())]

    def strike(self, point: Point) -> Outcome:
        """A life in which the supervisor is killed at this call, if it comes so far, and what is wrong after it."""
        strace = Started([point.call], self._folder / "strace", kill_at=point.nth)
        try:
            breaches, recovery = self._live(strace)
        except (Breach, AssertionError) as error:
            killed = strace.killed()
            # Whatever is wrong with it, the next life finds nothing of this one running.
            self._stack.clean_up()
            return Outcome(point, killed, None, [str(error)])
        return Outcome(point, killed=recovery is not None, recovery=recovery, breaches=breaches)

    def logs(self) -> str:
        """What RUN.sh has printed, and the last lines of each log."""
        return f"── RUN.sh\n{self._stack.output}\n{self._stack.logs()}"

    def _live(self, strace: Started) -> tuple[list[str], float | None]:
        """What is wrong after a life, and the seconds from the kill until all of it had ended, if it was killed."""
        self._lives += 1
        called = f"supervised-{self._lives}"
        there_before = Task.objects.count()
        died_at: float | None = None

        def mend() -> None:
            nonlocal died_at
            if self._stack.process.poll() is not None:
                before, died_at = died_at, time.monotonic()
                self._wait_until_gone("the others end with the supervisor")
                self._expect_killed(again=before is not None)
                self._stack.start()
                self._stack.wait_until_ready()

        for name in _SECRETS:
            # As in a home in which there was no start yet: they are made before anything else.
            (self._stack.home / name).unlink(missing_ok=True)
        life = Life(self._stack, self._folder / called, called, mend)
        self._stack.start(strace.prefix)
        self._wait_until_ready_or_ended()
        mend()
        life.live()
        # Without it the supervisor has nothing to do while tasks wait for somebody.
        self._stack.kill("sink")
        life.warm_up()
        life.leave_running()
        breaches = diagnosed()
        code = self._stop()
        if code == -signal.SIGKILL:
            # In the stop itself.
            mend()
            life.until_over()
            breaches += diagnosed()
            code = self._stop()
        life.until_over()
        over_at = time.monotonic()
        breaches += life.breaches(unheard=True)
        if code != 0:
            breaches.append(f"an ordered stop ended with {code}")
        there = Task.objects.count() - there_before
        if there != len(life.expected):
            breaches.append(f"I3: {len(life.expected)} tasks were asked for, there are {there}")
        if left := sorted(path.name for path in (self._stack.home / "run").glob("*.pid")):
            breaches.append(f"an ordered stop leaves {left}")
        return breaches, None if died_at is None else over_at - died_at

    def _wait_until_ready_or_ended(self) -> None:
        ready = f"Zonda is ready: {self._stack.url}"

        def either() -> bool:
            return self._stack.process.poll() is not None or ready in self._stack.output.lines

        wait_until(either, READY_WITHIN, f"ready, or killed\n{self.logs()}")

    def _expect_killed(self, *, again: bool) -> None:
        code, said = self._stack.process.returncode, str(self._stack.output)
        if "strace: " in said:
            raise failure(code, said)
        if again or code != -signal.SIGKILL:
            raise Breach(f"the supervisor ended by itself, with {code}:\n{said}")

    def _stop(self) -> int:
        """The exit code of an ordered stop, after which nothing is left."""
        code = self._stack.stop()
        self._wait_until_gone("nothing outlives an ordered stop")
        return code

    def _wait_until_gone(self, what: str) -> None:
        # strace, which is one of them, has written its last line then.
        wait_until(lambda: not self._stack.processes(), GONE_WITHIN, what)
        self._stack.output.close()
