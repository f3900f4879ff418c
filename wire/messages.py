"""Every message, by the topic it travels on. One frozen record each; the tag is its `kind` on the wire.
What comes on `TASKS`, from programs of others, has no kind.

Field names are snake_case here and kebab-case on the wire. JSON values that only pass through (arguments, results) stay
undecoded as `Raw`. Unknown keys are ignored, so that either side may be the newer one.
"""

from enum import StrEnum
from typing import Annotated, Any

from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from wire.names import TASK_ID
from wire.topics import WORKER_PATTERN

MAX_FRAME = 4 * 1024 * 1024
"""Bytes in the largest frame that any topic carries."""

BEAT_EVERY = 1.0
"""Seconds between two beats, in both directions."""

SILENT_AFTER = 3 * BEAT_EVERY
"""Seconds without a beat after which the other side counts as silent."""

GRACE = 5.0
"""Seconds from being told to end until being killed, unless the task function asks for others."""

PROGRESS_AT_MOST = 1_000
"""Characters in what a task function says of its progress."""

LINE_AT_MOST = 4_000
"""Characters in one line of an attempt's log; a longer one is cut."""

LINES_AT_MOST = 500
"""Lines in one report of an attempt's log."""

LOG_LINES_AT_MOST = 5_000
"""Lines of one attempt that the record keeps: none with a higher number."""

UNREADABLE_AT_MOST = 1_000
"""Objects of one frame that may be unreadable: what follows them in it is not looked at."""

QUEUES_LISTED = 1_000
HOLDS_LISTED = 2_000
UNSETTLED_LISTED = 20_000
"""What a beat may list at most: queues that the worker serves, what it has not ended, what it keeps the outcome of."""

TaskId = Annotated[str, Meta(pattern=rf"^{TASK_ID}$(?!\n)")]
Fence = Annotated[int, Meta(ge=1, le=2**63 - 1)]
Incarnation = Annotated[str, Meta(min_length=1, max_length=64)]
WorkerTopic = Annotated[str, Meta(pattern=WORKER_PATTERN)]
ServedQueue = Annotated[str, Meta(min_length=1, max_length=64)]
Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Seconds = Annotated[float, Meta(ge=0)]
Fraction = Annotated[float, Meta(ge=0, le=1)]
Position = tuple[Count, Count]
"""(epoch, sequence) of a frame on a worker's topic; compared as a pair."""


class Answer(StrEnum):
    """What the record said of one report. All five are final."""

    APPLIED = "APPLIED"
    DUPLICATE = "DUPLICATE"
    STALE = "STALE"
    UNKNOWN = "UNKNOWN"
    REFUSED = "REFUSED"


class ReportKind(StrEnum):
    """What a report on `results` says of an attempt. What a running one tells (progress, log) is never settled."""

    STARTED = "started"
    PROGRESS = "progress"
    LOG = "log"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    TIMED_OUT = "timed-out"
    LOST = "lost"
    CANCELLED = "cancelled"


class Message(Struct, frozen=True, kw_only=True, rename="kebab", tag_field="kind"):
    """Anything that travels on a topic."""


# --- TASKS: anyone to ventilator --------------------------------------------------------------------------------------


class Ask(Struct, frozen=True, kw_only=True, rename="kebab"):
    """Run this task function. Without `task_id` the task gets a fresh id.

    All but these two are as they came, any JSON value: whether they fit, whoever makes a task of them says. What is
    absent or null is the task function's own.
    """

    task_id: TaskId | None | UnsetType = UNSET
    task: Annotated[str, Meta(min_length=1)]
    args: Any = UNSET
    kwargs: Any = UNSET
    queue: Any = UNSET
    priority: Any = UNSET
    run_after: Any = UNSET
    expires_at: Any = UNSET
    timeout: Any = UNSET
    max_attempts: Any = UNSET


OnTasks = Ask


# --- W<n>: ventilator to the worker that has the topic ---------------------------------------------------------------


class ToWorker(Message, frozen=True, kw_only=True):
    """The header in each object of a frame: the worker drops it unless all four fit."""

    epoch: Count
    seq: Count
    incarnation: Incarnation
    hello: Count


class Grant(ToWorker, frozen=True, kw_only=True, tag="task"):
    """This attempt is yours while you are heard. `task` is the full path of the task function.

    After `timeout` seconds the function is told to end, after `grace` more it is killed. `tries` counts the attempts of
    this round that ended by themselves before this one, and `max_attempts` is how many of them there may be.
    `created_at` is an instant by the record's clock, in ISO 8601: for the function to read, for nobody to compare.
    """

    task_id: TaskId
    task: str
    args: Raw
    kwargs: Raw
    queue: str
    priority: int
    attempt: Annotated[int, Meta(ge=1)]
    fence: Fence
    created_at: Annotated[str, Meta(max_length=40)] | None = None
    timeout: Seconds | None = None
    grace: Seconds = GRACE
    tries: Count = 0
    max_attempts: Annotated[int, Meta(ge=1)] = 1


class Settled(ToWorker, frozen=True, kw_only=True, tag="settled"):
    """The record has answered for a report: forget it."""

    task_id: TaskId
    fence: Fence
    report: ReportKind
    answer: Answer


class Revoked(Struct, frozen=True, rename="kebab"):
    """A grant that is to end: somebody has cancelled its task."""

    task_id: TaskId
    fence: Fence


class Revoke(ToWorker, frozen=True, kw_only=True, tag="revoke"):
    """End this grant: hand it back if it has not started, else have its function told, and killed after its grace."""

    task_id: TaskId
    fence: Fence


class Drain(ToWorker, frozen=True, kw_only=True, tag="drain"):
    """Take nothing more, hand back what has not started, and end when all that runs has ended."""


class VentilatorBeat(ToWorker, frozen=True, kw_only=True, tag="beat"):
    """The ventilator is there. It repeats what holds until it is obeyed: what is revoked, and whether to drain."""

    revoked: tuple[Revoked, ...] = ()
    drain: bool = False


OnWorkerTopic = Grant | Settled | Revoke | Drain | VentilatorBeat


# --- status: workers and sink to ventilator --------------------------------------------------------------------------


class Held(Struct, frozen=True, rename="kebab"):
    """A grant that a worker has and has not ended."""

    task_id: TaskId
    fence: Fence
    started: bool


class Unsettled(Struct, frozen=True, rename="kebab"):
    """A grant that a worker has ended, and keeps the outcome of until it is settled."""

    task_id: TaskId
    fence: Fence


class Presence(Message, frozen=True, kw_only=True):
    """Who a worker is and all that it has. Whole each time, so that any single one is enough to know the worker.

    `hello` counts this incarnation's hellos from 1; `topic` is absent until it has one; `received` is the position
    of the last frame that it took, (0, 0) before the first. `loading`: so many of its slots have no process that could
    run something, now or after what it runs.
    """

    incarnation: Incarnation
    hello: Count
    name: Annotated[str, Meta(max_length=200)]
    host: Annotated[str, Meta(max_length=255)]
    pid: Annotated[int, Meta(ge=0, le=2**31 - 1)]
    queues: Annotated[tuple[ServedQueue, ...], Meta(min_length=1, max_length=QUEUES_LISTED)]
    slots: Annotated[int, Meta(ge=1, le=1024)]
    topic: WorkerTopic | UnsetType = UNSET
    received: Position = (0, 0)
    draining: bool = False
    loading: Annotated[int, Meta(ge=0, le=1024)] = 0
    holds: Annotated[tuple[Held, ...], Meta(max_length=HOLDS_LISTED)] = ()
    unsettled: Annotated[tuple[Unsettled, ...], Meta(max_length=UNSETTLED_LISTED)] = ()


class Hello(Presence, frozen=True, kw_only=True, tag="hello"):
    """I take frames that echo this hello's number, and none other."""


class Beat(Presence, frozen=True, kw_only=True, tag="beat"):
    """I am there."""


class FromWorker(Message, frozen=True, kw_only=True):
    """A hint of a worker's: its next beat says the same by what it holds."""

    incarnation: Incarnation
    task_id: TaskId
    fence: Fence


class Started(FromWorker, frozen=True, kw_only=True, tag="started"):
    """A process that runs task functions was given it."""


class Freed(FromWorker, frozen=True, kw_only=True, tag="freed"):
    """The grant takes no room any more: it ended after `ran` seconds, or, without `ran`, is handed back unstarted."""

    ran: Seconds | UnsetType = UNSET


class Goodbye(Message, frozen=True, kw_only=True, tag="goodbye"):
    """I hold nothing, keep nothing unsettled, and end now."""

    incarnation: Incarnation


class SettledBySink(FromWorker, frozen=True, kw_only=True, tag="settled"):
    """Sink to ventilator: the record has answered; tell the worker with this incarnation."""

    report: ReportKind
    answer: Answer


OnStatus = Hello | Beat | Started | Freed | Goodbye | SettledBySink


# --- control: ventilator to all workers ------------------------------------------------------------------------------


class Assigned(Message, frozen=True, kw_only=True, tag="assigned"):
    """The worker with this incarnation has this topic; any other that listens there closes it at once."""

    epoch: Count
    incarnation: Incarnation
    topic: WorkerTopic


OnControl = Assigned


# --- results: workers to sink, and in `reportAttempts` ---------------------------------------------------------------


class Report(Message, frozen=True, kw_only=True):
    """What a worker says of one attempt."""

    task_id: TaskId
    attempt: Annotated[int, Meta(ge=1)]
    fence: Fence
    worker: WorkerTopic
    incarnation: Incarnation


class AttemptStarted(Report, frozen=True, kw_only=True, tag="started"):
    """The task function has been called."""


class AttemptProgress(Report, frozen=True, kw_only=True, tag="progress"):
    """How far it is, as the task function says: the last word counts. Not kept, not settled, and may be lost."""

    fraction: Fraction | None = None
    message: Annotated[str, Meta(max_length=PROGRESS_AT_MOST)] | None = None


class Line(Struct, frozen=True, rename="kebab"):
    """A line of what an attempt printed or logged.

    `number` counts the attempt's lines from 1, `after` the seconds since it started; `stream` is stdout, stderr, log,
    or worker for what the worker itself says of the others.
    """

    number: Annotated[int, Meta(ge=1, le=2**31 - 1)]
    after: Seconds
    stream: Annotated[str, Meta(max_length=16)]
    text: Annotated[str, Meta(max_length=LINE_AT_MOST)]


class AttemptLog(Report, frozen=True, kw_only=True, tag="log"):
    """Some of its lines. Not kept, not settled, and may be lost."""

    lines: Annotated[tuple[Line, ...], Meta(min_length=1, max_length=LINES_AT_MOST)]


class Ending(Report, frozen=True, kw_only=True):
    """How an attempt ended, after `ran` seconds on the worker's monotonic clock."""

    ran: Seconds


class AttemptSucceeded(Ending, frozen=True, kw_only=True, tag="succeeded"):
    """The task function returned `result`."""

    result: Raw


class AttemptFailed(Ending, frozen=True, kw_only=True, tag="failed"):
    """The task function raised, or its report was refused. `exception` is the dotted path of a class, or empty.

    `again`: whether a further attempt may help. `delay`: the seconds before it that the function chose itself.
    """

    error: str
    exception: str
    traceback: str
    again: bool = True
    delay: Seconds | UnsetType = UNSET


class AttemptTimedOut(Ending, frozen=True, kw_only=True, tag="timed-out"):
    """It ran into its time limit. `traceback` is where it was told to end, empty when it had to be killed."""

    error: str
    traceback: str = ""


class AttemptLost(Ending, frozen=True, kw_only=True, tag="lost"):
    """The child process died under the attempt; `error` names the signal or the exit code."""

    error: str


class AttemptCancelled(Ending, frozen=True, kw_only=True, tag="cancelled"):
    """It ended because it was revoked. `traceback` is where it was told to end, empty when it had to be killed."""

    error: str
    traceback: str = ""


AttemptEnded = AttemptSucceeded | AttemptFailed | AttemptTimedOut | AttemptLost | AttemptCancelled
AttemptTold = AttemptProgress | AttemptLog
OnResults = AttemptStarted | AttemptTold | AttemptEnded

KIND_OF = {
    AttemptStarted: ReportKind.STARTED,
    AttemptProgress: ReportKind.PROGRESS,
    AttemptLog: ReportKind.LOG,
    AttemptSucceeded: ReportKind.SUCCEEDED,
    AttemptFailed: ReportKind.FAILED,
    AttemptTimedOut: ReportKind.TIMED_OUT,
    AttemptLost: ReportKind.LOST,
    AttemptCancelled: ReportKind.CANCELLED,
}
