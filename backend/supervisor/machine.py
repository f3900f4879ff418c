"""Decides which process is started, restarted and stopped, and when. Owns no process and reads no clock."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Final, assert_never

FIRST_WAIT: Final = 1.0  # seconds; the restart before that one is immediate
LONGEST_WAIT: Final = 30.0
HEALTHY_AFTER: Final = 60.0  # seconds a process lived: what went wrong before is forgotten
TELLING_FAILURES: Final = 3  # ends in a row before a process was ready: then its last words are shown


class Stage(IntEnum):
    """Who is stopped together; a stage is asked to end once everything of the one before is gone."""

    WORKERS = 0
    SINK = 1
    REST = 2


# Workers let running tasks end for 10 s and report them, which takes the rest of Zonda. All three make less than 15 s.
PATIENCE: Final = {Stage.WORKERS: 12.0, Stage.SINK: 1.2, Stage.REST: 1.2}


@dataclass(frozen=True, slots=True)
class Role:
    """A process there should be, and whether Zonda is ready only once that process said so."""

    name: str
    stage: Stage
    awaited: bool = True


@dataclass(frozen=True, slots=True)
class Began:
    """The supervisor is up: start everything."""


@dataclass(frozen=True, slots=True)
class SaidReady:
    """A process does its work now."""

    name: str


@dataclass(frozen=True, slots=True)
class Ended:
    """A process is gone, with this exit code; minus the number of the signal that killed it."""

    name: str
    code: int


@dataclass(frozen=True, slots=True)
class SourcesChanged:
    """Code was edited: whatever runs it starts anew."""


@dataclass(frozen=True, slots=True)
class StopAsked:
    """Somebody wants Zonda to end; the second time, at once."""


@dataclass(frozen=True, slots=True)
class Ticked:
    """Time has passed."""


type Event = Began | SaidReady | Ended | SourcesChanged | StopAsked | Ticked


class Force(Enum):
    """How a process is told to end."""

    ASK = "ask"
    KILL = "kill"  # its whole process group


@dataclass(frozen=True, slots=True)
class Start:
    """Start this process."""

    name: str


@dataclass(frozen=True, slots=True)
class End:
    """Make this process end."""

    name: str
    force: Force


@dataclass(frozen=True, slots=True)
class Say:
    """Tell the user."""

    text: str


@dataclass(frozen=True, slots=True)
class ShowLog:
    """Show the user the last lines that this process wrote."""

    name: str


@dataclass(frozen=True, slots=True)
class AllReady:
    """Every awaited process said that it is ready, for the first time."""


@dataclass(frozen=True, slots=True)
class Finish:
    """Nothing runs any more: the supervisor ends too."""


type Effect = Start | End | Say | ShowLog | AllReady | Finish


@dataclass(slots=True)
class _Process:
    role: Role
    running: bool = False
    ready: bool = False
    started_at: float = 0.0
    start_at: float | None = None  # when it is started again, while it is down
    restarts: int = 0  # since it was last healthy
    failures: int = 0  # ends in a row before it was ready
    renewing: bool = False  # it was asked to end so that it runs changed code
    drained: bool = False  # it has ended because it was to, and stays away


class Supervisor:
    """Keeps every process running until it is asked to stop, then sees all of them end."""

    def __init__(self, roles: Sequence[Role]) -> None:
        self._processes = {role.name: _Process(role) for role in roles}
        self._announced = False
        self._stage: Stage | None = None  # of the stop under way
        self._kill_at: float | None = None

    @property
    def stopping(self) -> bool:
        """Whether a stop was asked for."""
        return self._stage is not None

    def wakes_at(self) -> float | None:
        """The next moment at which Ticked changes anything."""
        moments = [process.start_at for process in self._processes.values() if process.start_at is not None]
        if self._kill_at is not None:
            moments.append(self._kill_at)
        return min(moments, default=None)

    def handle(self, event: Event, now: float) -> list[Effect]:
        """What this event asks for. `now` is in seconds of a monotonic clock."""
        match event:
            case Began():
                return [effect for process in self._processes.values() for effect in self._start(process, now)]
            case SaidReady(name):
                return self._ready(self._processes[name])
            case Ended(name, code):
                return list(self._ended(self._processes[name], code, now))
            case SourcesChanged():
                return [] if self.stopping else list(self._renew())
            case StopAsked():
                return list(self._kill_all()) if self.stopping else list(self._stop(now))
            case Ticked():
                return list(self._tick(now))
            case _:
                assert_never(event)

    def _start(self, process: _Process, now: float) -> list[Effect]:
        process.running, process.ready, process.renewing = True, False, False
        process.started_at, process.start_at = now, None
        return [Start(process.role.name)]

    def _ready(self, process: _Process) -> list[Effect]:
        process.ready = True
        process.failures = 0
        return self._announce()

    def _announce(self) -> list[Effect]:
        awaited = [other for other in self._processes.values() if other.role.awaited and not other.drained]
        if self._announced or self.stopping or not all(other.ready for other in awaited):
            return []
        self._announced = True
        return [AllReady()]

    def _ended(self, process: _Process, code: int, now: float) -> Iterator[Effect]:
        was_ready, process.running, process.ready = process.ready, False, False
        if self.stopping:
            yield from self._next_stage(now)
            return
        if process.renewing:
            yield from self._start(process, now)
            return
        if code == 0 and process.role.stage is Stage.WORKERS:
            # Somebody has drained it: only then does a worker end well by itself.
            process.drained = True
            yield Say(f"{process.role.name} was drained, and is not started again")
            yield from self._announce()
            return
        if now - process.started_at >= HEALTHY_AFTER:
            process.restarts = 0
        process.failures = 0 if was_ready else process.failures + 1
        wait = _wait(process.restarts)
        process.restarts += 1
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        yield Say(f"{process.role.name} ended ({how}), restarting {f'in {wait:.0f} s' if wait else 'now'}")
        if process.failures == TELLING_FAILURES:
            yield ShowLog(process.role.name)
        if wait:
            process.start_at = now + wait
        else:
            yield from self._start(process, now)

    def _renew(self) -> Iterator[Effect]:
        yield Say("sources changed, restarting")
        for process in self._processes.values():
            if process.running and process.role.awaited and not process.renewing:
                process.renewing = True
                yield End(process.role.name, Force.ASK)

    def _stop(self, now: float) -> Iterator[Effect]:
        for process in self._processes.values():
            process.start_at = None
        yield Say("stopping: running tasks get 10 s")
        self._stage = Stage.WORKERS
        yield from self._ask(now)
        yield from self._next_stage(now)

    def _ask(self, now: float) -> Iterator[Effect]:
        assert self._stage is not None
        self._kill_at = now + PATIENCE[self._stage]
        for process in self._of_stage():
            yield End(process.role.name, Force.ASK)

    def _next_stage(self, now: float) -> Iterator[Effect]:
        """Go on to the first stage of which something still runs, if that is not the one under way."""
        assert self._stage is not None
        while not self._of_stage():
            if self._stage is Stage.REST:
                self._kill_at = None
                yield Finish()
                return
            self._stage = Stage(self._stage + 1)
            yield from self._ask(now)

    def _kill_all(self) -> Iterator[Effect]:
        self._kill_at = None
        for process in self._processes.values():
            if process.running:
                yield End(process.role.name, Force.KILL)

    def _tick(self, now: float) -> Iterator[Effect]:
        if self._kill_at is not None and now >= self._kill_at:
            self._kill_at = None
            for process in self._of_stage():
                yield Say(f"{process.role.name} did not end in time and was killed")
                yield End(process.role.name, Force.KILL)
        for process in self._processes.values():
            if process.start_at is not None and now >= process.start_at:
                yield from self._start(process, now)

    def _of_stage(self) -> list[_Process]:
        return [
            process for process in self._processes.values() if process.running and process.role.stage is self._stage
        ]


def _wait(restarts: int) -> float:
    """Seconds before the next start of a process that was restarted so often already."""
    if restarts == 0:
        return 0.0
    return float(min(FIRST_WAIT * 2 ** (restarts - 1), LONGEST_WAIT))
