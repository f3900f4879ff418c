"""Why a task that waits is not running yet, in one sentence. Pure: it goes by facts that change when somebody writes.

What matters most comes first: a table shows as much of it as there is room for.

Instants stand in it and no durations, and no clock is read: a sentence that only time could change would keep every
page that shows it awake.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

from msgspec import Struct

from backend.tasks.lifecycle import Outcome

COUNTED: Final = 1_000
"""Tasks ahead that are counted; beyond that nobody wants to know."""

_NAMED: Final = 5
"""Workers that are named; a sentence is no list."""


class Seat(Struct, frozen=True):
    """A worker that is not lost, as far as it matters to those who wait. `held` is what it runs and has been sent."""

    topic: str
    queues: Sequence[str]
    slots: int
    held: int = 0
    starting: bool = False
    draining: bool = False

    @property
    def takes(self) -> bool:
        return not (self.starting or self.draining)

    def serves(self, queue: str) -> bool:
        return "*" in self.queues or queue in self.queues


class Pause(Struct, frozen=True):
    """A queue is paused: since when, and why if somebody said so."""

    since: datetime | None
    reason: str | None


class Facts(Struct, frozen=True):
    """All that the sentence goes by.

    `granted_to` is the topic of the worker that has the task, `due_at` until when it must wait in any case. `attempt`
    is the number of the last attempt and `last` how it ended; `tries` counts those of `max_attempts` that are used up.
    `ahead` are the tasks that its queue grants first, one more than COUNTED where there are more.
    """

    queue: str
    granted_to: str | None = None
    cancelling: bool = False
    due_at: datetime | None = None
    attempt: int = 0
    last: Outcome | None = None
    tries: int = 0
    max_attempts: int = 1
    pause: Pause | None = None
    seats: Sequence[Seat] = ()
    ahead: int = 0


def why(facts: Facts) -> str:
    """The sentence."""
    sentence = _why(facts)
    return f"{sentence[0].upper()}{sentence[1:]}."


def estimated_start(facts: Facts) -> datetime | None:
    """When it starts, where that can be known: it is put off, and then there is somebody who may take it."""
    if facts.granted_to is not None or facts.cancelling or _obstacle(facts) is not None:
        return None
    return facts.due_at


def instant(moment: datetime) -> str:
    """As ISO 8601 in UTC."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _why(facts: Facts) -> str:
    if facts.cancelling:
        return f"it is being cancelled: {facts.granted_to or 'its worker'} has been told to let go of it"
    if facts.granted_to is not None:
        return f"{facts.granted_to} has it and is about to start it"
    obstacle = _obstacle(facts)
    if facts.due_at is not None:
        put_off = _put_off(facts, facts.due_at)
        return put_off if obstacle is None else f"{put_off}, and {obstacle}"
    return obstacle or _in_line(facts)


def _put_off(facts: Facts, until: datetime) -> str:
    if facts.attempt == 0 or facts.last is None:
        return f"it is scheduled for {instant(until)}"
    number = facts.attempt + 1
    # Losses and earlier rounds have numbers too, and use up nothing.
    plain = facts.tries == facts.attempt
    of = f" of {facts.max_attempts}" if plain else f" (try {facts.tries + 1} of {facts.max_attempts})"
    return f"it waits until {instant(until)} for attempt {number}{of}: {_ENDED[facts.last]}"


_ENDED: Final = {
    Outcome.SUCCEEDED: "the last one succeeded",
    Outcome.FAILED: "the last one failed",
    Outcome.TIMED_OUT: "the last one ran out of time",
    Outcome.LOST: "the last one lost its worker",
    Outcome.CANCELLED: "the last one was cancelled",
}


def _obstacle(facts: Facts) -> str | None:
    """What keeps every task of the queue from starting, however long it waits."""
    if facts.pause is not None:
        since = f" since {instant(facts.pause.since)}" if facts.pause.since else ""
        return f"its queue {facts.queue} is paused{since}: {facts.pause.reason or 'no reason was given'}"
    if not facts.seats:
        return "no worker is connected"
    serving = [seat for seat in facts.seats if seat.serves(facts.queue)]
    if any(seat.takes for seat in serving):
        return None
    if serving:
        return f"no worker takes tasks of its queue {facts.queue} now: {_listed(serving, _state)}"
    return f"no worker serves its queue {facts.queue}: {_listed(facts.seats, _serves)}"


def _state(seat: Seat) -> str:
    return f"{seat.topic} is {'draining' if seat.draining else 'starting'}"


def _serves(seat: Seat) -> str:
    return f"{seat.topic} serves {' and '.join(seat.queues) or 'none'}"


def _listed(seats: Sequence[Seat], said: Callable[[Seat], str]) -> str:
    listed = ", ".join(said(seat) for seat in seats[:_NAMED])
    more = len(seats) - _NAMED
    return f"{listed} and {more} more" if more > 0 else listed


def _in_line(facts: Facts) -> str:
    """Nothing but other tasks is in its way."""
    serving = [seat for seat in facts.seats if seat.takes and seat.serves(facts.queue)]
    slots = sum(seat.slots for seat in serving)
    if any(seat.held < seat.slots for seat in serving):
        if facts.ahead == 0:
            return "a worker has room for it, and it is about to start"
        return f"{_ahead(facts.ahead)}, and a worker has room"
    busy = "the one slot that serves the queue is" if slots == 1 else f"all {slots} slots that serve the queue are"
    return f"{_ahead(facts.ahead)}, and {busy} busy"


def _ahead(number: int) -> str:
    match number:
        case 0:
            return "it is next in its queue"
        case 1:
            return "1 task of its queue is ahead of it"
        case _:
            counted = f"more than {COUNTED}" if number > COUNTED else str(number)
            return f"{counted} tasks of its queue are ahead of it"
