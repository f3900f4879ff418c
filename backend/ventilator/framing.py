"""What goes to one worker in one turn, cut into frames first: all objects of a frame share its header."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final, assert_never

from msgspec import Raw, Struct

from backend.tasks.grants import CancelledGrant, GrantedTask
from wire.messages import (
    MAX_FRAME,
    Drain,
    Grant,
    OnWorkerTopic,
    Revoke,
    Revoked,
    Settled,
    SettledBySink,
    VentilatorBeat,
)

OBJECTS_AT_MOST = 100
"""In one frame: what is lost or late is lost or late together."""

_ENVELOPE = 1_000
"""Bytes of an object beside its arguments and names: keys, numbers, header."""

_REVOKED = 60
"""Bytes of a revoked grant in a beat, beside its task's id: an id has no character that takes more than one."""


class BeatNow(Struct, frozen=True):
    """The ventilator's beat, before it has a header, with what holds for the worker."""

    revoked: tuple[Revoked, ...] = ()
    drain: bool = False


class DrainNow:
    """The word to drain, before it has a header."""


DRAIN: Final = DrainNow()

Content = GrantedTask | SettledBySink | CancelledGrant | DrainNow | BeatNow


def cut(contents: Sequence[Content]) -> Iterator[list[Content]]:
    """The contents in order, in lists that each fit one frame."""
    some: list[Content] = []
    size = 0
    for content in contents:
        more = _size_at_most(content)
        if some and (size + more > MAX_FRAME or len(some) == OBJECTS_AT_MOST):
            yield some
            some, size = [], 0
        some.append(content)
        size += more
    if some:
        yield some


def _size_at_most(content: Content) -> int:
    match content:
        case GrantedTask():
            # A character of a name takes six bytes at most, escaped; in UTF-8 four is the most.
            names = len(content.task_id) + len(content.path) + len(content.queue) + len(content.holder)
            return _ENVELOPE + len(content.args) + len(content.kwargs) + 6 * names
        case SettledBySink():
            return _ENVELOPE + 6 * (len(content.task_id) + len(content.incarnation))
        case CancelledGrant():
            return _ENVELOPE + 6 * (len(content.task_id) + len(content.holder))
        case DrainNow():
            return _ENVELOPE
        case BeatNow():
            return _ENVELOPE + sum(_REVOKED + len(one.task_id) for one in content.revoked)
        case _:
            assert_never(content)


def message(content: Content, *, epoch: int, seq: int, incarnation: str, hello: int) -> OnWorkerTopic:
    """The content under its frame's header."""
    match content:
        case GrantedTask():
            return Grant(
                epoch=epoch,
                seq=seq,
                incarnation=incarnation,
                hello=hello,
                task_id=content.task_id,
                task=content.path,
                args=Raw(content.args),
                kwargs=Raw(content.kwargs),
                queue=content.queue,
                priority=content.priority,
                attempt=content.attempt,
                fence=content.fence,
                created_at=None if content.created_at is None else _instant(content.created_at),
                timeout=content.timeout,
                grace=content.grace,
                tries=content.tries,
                max_attempts=content.max_attempts,
            )
        case SettledBySink():
            return Settled(
                epoch=epoch,
                seq=seq,
                incarnation=incarnation,
                hello=hello,
                task_id=content.task_id,
                fence=content.fence,
                report=content.report,
                answer=content.answer,
            )
        case CancelledGrant():
            return Revoke(
                epoch=epoch,
                seq=seq,
                incarnation=incarnation,
                hello=hello,
                task_id=content.task_id,
                fence=content.fence,
            )
        case DrainNow():
            return Drain(epoch=epoch, seq=seq, incarnation=incarnation, hello=hello)
        case BeatNow():
            return VentilatorBeat(
                epoch=epoch,
                seq=seq,
                incarnation=incarnation,
                hello=hello,
                revoked=content.revoked,
                drain=content.drain,
            )
        case _:
            assert_never(content)


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
