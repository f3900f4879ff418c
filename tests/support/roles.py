"""The processes of one Zonda, kept there: what has ended is started again at once.

RUN.sh's supervisor waits longer and longer before it starts again what keeps ending, as it should. Whoever kills
processes by the hundred can't wait for that.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Self

from tests.support.parts import PARTS, Part, Parts
from tests.support.stack import READY_WITHIN
from tests.support.waiting import wait_until

_TOLD: Final = 2
"""Logs of each role that are shown: that of the process that runs, and of what ran before."""


class Roles(Parts):
    """These roles of one home, `PARTS` unless named. As a context all are ready, and gone at the end."""

    def __init__(self, home: Path, environment: Mapping[str, str] | None = None, names: Sequence[str] = PARTS) -> None:
        super().__init__(home, environment)
        self.names = tuple(names)
        self._running: dict[str, Part] = {}

    def __enter__(self) -> Self:
        super().__enter__()
        try:
            for name in self.names:
                self._running[name] = self.begin(name)
            self.wait_until_ready()
        except BaseException:
            self.clean_up()
            raise
        return self

    def part(self, name: str) -> Part:
        """The process that has this role now."""
        return self._running[name]

    def pid(self, name: str) -> int:
        """Its number."""
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
        return "\n".join(f"── {part.log.name}\n{part.tail()}" for part in self._started[-_TOLD * len(self.names) :])
