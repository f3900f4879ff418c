"""What the record does when its clock jumps: the pauses before further attempts stay as long as they were."""

import time
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Final

from backend.tasks.engines.sqlite.statements import Statements, text_of

JUMP: Final = 1.0
"""Seconds by which the wall clock must leave the steady one to have jumped: it is adjusted all the time."""

LONG_JUMP: Final = 60.0
"""Seconds of a jump that counts where it is about days."""

_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")


class Clock(Statements):
    """When a pause ends is written by the wall clock, for only that outlives a restart of the machine.

    How far it is ahead of the machine's steady clock stands in the record as well. Whoever writes next sees by it that
    the clock has jumped, before another pause is written or has ended. `runAfter` and `expiresAt` go by the wall clock,
    wherever that is: no pause ends before the former, and what waits for just that is not moved. A jump while the
    machine is off is seen by nobody.
    """

    def __init__(self, alias: str = "default") -> None:
        super().__init__(alias)
        # As it stands in the record; None where that has not been read.
        self._written: float | None = None

    def now(self) -> datetime:
        return datetime.now(UTC)

    def is_off(self) -> bool:
        """Whether `follow` may have something to do."""
        return _boot() is not None and (self._written is None or abs(_ahead() - self._written) >= JUMP)

    def follow(self) -> None:
        """Move the ends of pauses by as much as the clock has jumped; inside a transaction, before anything else."""
        boot = _boot()
        if boot is None or not self.is_off():
            return
        now = _ahead()
        rows = self._all("SELECT ahead FROM zonda_clock WHERE boot = %s", [boot])
        written = float(rows[0][0]) if rows else None
        if written is not None and abs(now - written) < JUMP:
            self._written = written
            return
        if written is not None:
            self._run(
                "UPDATE zonda_task INDEXED BY zonda_task_scheduled SET revision = %s, "
                "due_at = max(strftime('%%Y-%%m-%%d %%H:%%M:%%f', due_at, %s) || '000', coalesce(run_after, '')) "
                "WHERE due_at IS NOT NULL AND due_at IS NOT run_after AND (attempt > 0 OR losses > 0)",
                [self.revise(), f"{now - written:+.3f} seconds"],
            )
        jump = 0.0 if written is None else now - written
        self._run(
            "INSERT INTO zonda_clock (only, boot, ahead, forward) VALUES (1, %s, %s, 0) "
            "ON CONFLICT (only) DO UPDATE SET boot = excluded.boot, ahead = excluded.ahead",
            [boot, now],
        )
        if abs(jump) >= LONG_JUMP:
            self._run(
                "UPDATE zonda_clock SET forward = max(0, forward + %s), jumped_at = %s",
                [jump, text_of(self.now())],
            )
        # The transaction may yet be rolled back: the next one reads what became of it.
        self._written = None

    def jumped(self, since: datetime) -> float:
        rows = self._all("SELECT forward FROM zonda_clock WHERE jumped_at > %s", [text_of(since)])
        return float(rows[0][0]) if rows else 0.0


def _ahead() -> float:
    """Seconds by which the wall clock is ahead of the steady one, which goes on while the machine sleeps."""
    return time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)


@cache
def _boot() -> str | None:
    """Which start of the machine this is, for the steady clock begins anew with each; None where nobody tells."""
    try:
        return _BOOT.read_text().strip()
    except OSError:
        return None
