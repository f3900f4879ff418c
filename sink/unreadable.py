"""What becomes of an outcome that cannot be read: its worker would say it again for ever, so its attempt is to end."""

import msgspec
from msgspec import Raw, Struct

from wire import codec
from wire.messages import AttemptFailed, Fence, Incarnation, ReportKind, Seconds, TaskId, WorkerTopic

_WHY_AT_MOST = 300

# A kind that nobody knows yet is no word of an end: a newer worker may say it of what runs.
_OUTCOMES = (ReportKind.SUCCEEDED, ReportKind.FAILED, ReportKind.TIMED_OUT, ReportKind.LOST, ReportKind.CANCELLED)


class _Grip(Struct, frozen=True, rename="kebab"):
    """As much of a report as tells which attempt it means, and that it has ended."""

    kind: str
    task_id: TaskId
    attempt: int
    fence: Fence
    worker: WorkerTopic
    incarnation: Incarnation
    ran: Raw = Raw(b"0.0")


_SECONDS: msgspec.json.Decoder[float] = msgspec.json.Decoder(Seconds)
_GRIPS: codec.Decoder[_Grip] = codec.Decoder(_Grip)


def refused(frame: bytes) -> list[AttemptFailed]:
    """A failure, which says why, for each outcome of the frame that cannot be read but for its attempt."""
    return [
        AttemptFailed(
            task_id=grip.task_id,
            attempt=max(1, grip.attempt),
            fence=grip.fence,
            worker=grip.worker,
            incarnation=grip.incarnation,
            ran=_ran(grip),
            error=f"the worker's report was refused: {content.why[:_WHY_AT_MOST]}",
            exception="",
            traceback="",
            again=False,
        )
        for piece, content in codec.results_decoder.contents(frame)
        if isinstance(content, codec.Unreadable)
        for grip in _GRIPS.decode(piece)[0]
        if grip.kind in _OUTCOMES
    ]


def _ran(grip: _Grip) -> float:
    """How long it ran, in seconds; none where that is what cannot be read."""
    try:
        return _SECONDS.decode(grip.ran)
    except msgspec.MsgspecError:
        return 0.0
