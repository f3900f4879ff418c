"""Decides what Redis is to hold, and how far the copy has come. Owns no connection and reads no clock.

The record is copied in two walks at once. One follows the changes, by (revision, seq): what happens now is there at
once. The other fills in what was there before, newest task first. Both write a row as it stands when it is read, and
one batch is written after the other, so whichever walk comes by, a hash never goes back to something older.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from backend.tasks.lifecycle import TERMINAL, Status

RESERVED: Final = "zonda:mirror"
"""No hash is written for a task whose id begins so: it might be the place where the mirror keeps its own."""

OUTLIVES: Final = timedelta(days=1)
"""The time that an ended task's hash stays after the record may have pruned the task."""

FIRST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 2.0

_LAYOUT: Final = 1
"""Another number when the hashes look different: those that are there are then written again."""

_LAST_SEQ: Final = 2**63 - 1
_OPTIONAL: Final = ("result", "error", "worker", "finished_at")
_WORDS: Final[Mapping[Status, str]] = {
    Status.QUEUEING: "queued",
    Status.RUNNING: "processing",
    Status.FINISHED: "success",
    Status.FAILED: "failed",
}


class Row(Struct, frozen=True):
    """A task as it stands in the record. `result` is JSON text; `worker` is who has it, or had it when it ended."""

    seq: int
    key: str
    revision: int
    status: Status
    attempt: int
    worker: str | None
    error: str | None
    result: str | None
    finished_at: datetime | None


class Write(Struct, frozen=True):
    """A hash to write: its fields, those that it must not have, and when it may go (milliseconds since 1970)."""

    key: str
    fields: Mapping[str, str]
    absent: Sequence[str]
    expires_at: int | None


class Place(Struct, frozen=True):
    """How far the copy has come. It is kept in Redis, with what it tells of: where that is gone, so is this."""

    revision: int
    seq: int
    """Every change up to (revision, seq) is copied."""
    tombstone: int
    """Deletions by hand are copied up to this one."""
    below: int
    """Tasks with a lower seq have yet to be filled in; 0 when none has."""
    sweep: bool
    """There may be hashes of tasks that the record does not have: they are looked for when all is filled in."""


class Kept(Struct, frozen=True):
    """A place that was found in Redis, the form of the hashes that it tells of, and when it was written."""

    place: Place
    form: str
    at: datetime


class Extent(Struct, frozen=True):
    """How far the record goes: its last revision, and the seq of its newest task."""

    revision: int
    seq: int


class Batch(Struct, frozen=True):
    """What was read of the record from one place on, all of it in one state of the record."""

    revision: int
    """The record's last one."""
    changed: Sequence[Row]
    """In the order of their changes."""
    older: Sequence[Row]
    """Those still to be filled in, newest first."""
    gone: Sequence[str]
    """Ids of tasks that were deleted, and are not there again."""
    tombstone: int
    filled: bool
    """There is nothing older than `older`."""
    more: bool
    """There may be more changes or deletions."""


class Start(StrEnum):
    """Why a copy begins where it begins."""

    RESUMED = "resumed"
    NOTHING_THERE = "nothing of this record is in Redis"
    WENT_BACK = "the record was put back to an older state"
    OTHER_FORM = "the hashes there are of another form or retention"


def form(retention: timedelta | None) -> str:
    """What all hashes have in common: a copy in another form is made again."""
    return f"{_LAYOUT} {'off' if retention is None else int(retention.total_seconds())}"


def begin(kept: Kept | None, extent: Extent, *, seen: int, wanted: str, forgotten: datetime) -> tuple[Place, Start]:
    """Where to go on with hashes of the form `wanted`.

    `seen` is the record's last revision as this process knew it before it asked Redis: the record may have gone on
    since it was put back, past the place. Of tasks that were there at `forgotten` it may tell nothing any more.
    """
    anew = Place(extent.revision, _LAST_SEQ, tombstone=0, below=extent.seq + 1, sweep=False)
    if kept is None:
        return anew, Start.NOTHING_THERE
    if kept.place.revision > min(seen, extent.revision):
        return replace(anew, sweep=True), Start.WENT_BACK
    if kept.form != wanted:
        return replace(anew, sweep=True), Start.OTHER_FORM
    if kept.at <= forgotten:
        # Tasks may have been pruned since, or deleted, and nothing is left that would have the hash deleted too.
        return replace(kept.place, sweep=True), Start.RESUMED
    return kept.place, Start.RESUMED


def went_back(place: Place, batch: Batch) -> bool:
    """Whether the record is older than what was copied of it."""
    return batch.revision < place.revision


def after(place: Place, batch: Batch) -> Place:
    """The place once the batch is written."""
    if batch.changed:
        last = batch.changed[-1]
        place = replace(place, revision=last.revision, seq=last.seq)
    below = 0 if batch.filled else batch.older[-1].seq
    return replace(place, tombstone=batch.tombstone, below=below)


def writes(batch: Batch, retention: timedelta | None) -> list[Write]:
    """The hashes to write for a batch."""
    rows = {row.key: row for row in (*batch.older, *batch.changed)}
    return [write(row, retention) for key, row in rows.items() if not key.startswith(RESERVED)]


def write(row: Row, retention: timedelta | None) -> Write:
    """The hash of a task."""
    fields = {"status": _WORDS[row.status], "attempt": str(row.attempt)}
    if row.status is Status.FINISHED:
        fields["result"] = "null" if row.result is None else row.result
    if row.status is Status.FAILED:
        fields["error"] = row.error or ""
    if row.worker is not None:
        fields["worker"] = row.worker
    expires_at = None
    if row.finished_at is not None and row.status in TERMINAL:
        fields["finished_at"] = row.finished_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
        if retention is not None:
            expires_at = int((row.finished_at + retention + OUTLIVES).timestamp() * 1000)
    return Write(row.key, fields, [name for name in _OPTIONAL if name not in fields], expires_at)


def pause(failures: int) -> float:
    """Seconds before Redis is tried again, after so many failures in a row."""
    return float(min(FIRST_PAUSE * 2 ** min(failures - 1, 16), LONGEST_PAUSE))
