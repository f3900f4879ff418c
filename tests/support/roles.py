"""The processes of one Zonda, kept there: what has ended is started again at once.

RUN.sh's supervisor waits longer and longer before it starts again what keeps ending, as it should. Whoever kills
processes by the hundred can't wait for that.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, Self

from tests.support.parts import PARTS, Part, Parts
from tests.support.stack import READY_WITHIN
from tests.support.waiting import wait_until

_TOLD: Final = 2 * len(PARTS)
"""Logs that are shown, the newest: those of the processes that run, and of what ran before."""


class Roles(Parts):
    """`backend`, `ventilator`, `sink` and `worker-1` of one home. As a context all are ready, and gone at the end."""

    def __init__(self, home: Path, environment: Mapping[str, str] | None = None) -> None:
        super().__init__(home, environment)
        self._running: dict[str, Part] = {}

    def __enter__(self) -> Self:
        super().__enter__()
        try:
            for name in PARTS:
                self._running[name] = self.begin(name)
            self.wait_until_ready()
        except BaseException:
            self.clean_up()
            raise
        return self

    def pid(self, name: str) -> int:
        """The number of the process that has this role now."""
        return self._running[name].pid

    def mend(self) -> list[str]:
        """Start again whatever has ended; its names."""
        ended = [name for name, part in self._running.items() if part.process.poll() is not None]
        for name in ended:
            self._running[name] = self.begin(name)
        return ended

    def wait_until_ready(self, within: float = READY_WITHIN) -> None:
        """Wait until each role does its work, starting again what ends meanwhile."""

        def all_ready() -> bool:
            return not self.mend() and all(part.is_ready() for part in self._running.values())

        wait_until(all_ready, within, f"every role is ready\n{self.logs()}")

    def logs(self) -> str:
        """The last lines of the newest logs."""
        return "\n".join(f"── {part.log.name}\n{part.tail()}" for part in self._started[-_TOLD:])
