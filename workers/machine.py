"""What a worker does. Owns no socket, no process and reads no clock: events in, effects out."""

from collections.abc import Sequence
from typing import assert_never

from msgspec import UNSET, Struct

from wire.messages import (
    BEAT_EVERY,
    SILENT_AFTER,
    Assigned,
    AttemptEnded,
    AttemptTold,
    Beat,
    Drain,
    Freed,
    Goodbye,
    Grant,
    Held,
    Hello,
    OnResults,
    OnStatus,
    OnWorkerTopic,
    Position,
    Revoke,
    Settled,
    Started,
    VentilatorBeat,
)
from wire.topics import Topic, topic
from workers.attempts import Attempt, Attempts
from workers.effects import Effect, Exit, KillChild, Listen, RetireChild, Run, StartChild, ToResults, ToStatus, Unlisten
from workers.events import (
    AssignedHeard,
    ChildEnded,
    ChildHarmful,
    ChildReady,
    Event,
    FrameHeard,
    FromChild,
    OutputRead,
    Progressed,
    RunBegun,
    RunEnded,
    StopAsked,
    Ticked,
)
from workers.farewell import Farewell
from workers.outbox import Outbox
from workers.pool import Pool
from workers.reports import Reports
from workers.waiting import Waiting

KEPT_AT_MOST = 64 * 1024 * 1024
"""Bytes of unsettled reports above which nothing more is started."""

KEPT_REPORTS_AT_MOST = 10_000
"""Unsettled reports above which nothing more is started: each beat names them all, and must fit a frame."""

_NEVER = float("inf")

_NOT_LOADED = "has not loaded the task functions in time"


class Identity(Struct, frozen=True):
    """Who a worker is, from its start to its end."""

    incarnation: str
    name: str
    host: str
    pid: int
    queues: tuple[str, ...]
    slots: int


class Worker:
    """Runs what it is granted, and keeps the ventilator and the record informed of it.

    It says hello when a child can run tasks. Each number of a hello opens a round: only frames that echo it count, and
    nothing that was granted in a former round is started any more.
    """

    def __init__(self, identity: Identity, now: float) -> None:
        self._identity = identity
        self._pool = Pool(identity.slots, now)
        self._outbox = Outbox()
        self._waiting = Waiting()
        self._attempts = Attempts()
        self._reports = Reports(identity.incarnation)

        self._hello = 0
        self._heard = False
        self._heard_at = now
        self._loading = identity.slots
        self._beat_at = _NEVER
        self._topic: Topic | None = None
        self._epoch = 0
        self._received: Position = (0, 0)

        self._farewell = Farewell()
        self._ended = False

        self._seen_at = now
        self._effects: list[Effect] = []
        self._to_status: list[OnStatus] = []
        self._to_results: list[OnResults] = []

    @property
    def in_touch(self) -> bool:
        """Whether the ventilator has answered this round's hello, and a child can run what it grants."""
        return self._heard

    @property
    def under_load(self) -> bool:
        """Whether more is to be run than can be run at once: then a report may wait a moment for its like."""
        return bool(self._waiting)

    def handle(self, event: Event, now: float) -> list[Effect]:
        """What to do about the event; nothing any more after Exit."""
        if self._ended:
            return []
        if self._hello and now - self._seen_at >= SILENT_AFTER:
            # We were stalled: the ventilator has taken us for lost, and our grants may be somebody else's by now.
            self._begin_round(now)
            # Nor have we heard what our children said meanwhile.
            self._attempts.wait_anew(now)
        self._seen_at = now
        self._react(event, now)
        self._keep_going(now)
        return self._take_effects()

    def next_deadline(self) -> float:
        """When to be told that it Ticked, if nothing happens before; infinity: only when something happens."""
        if self._ended:
            return _NEVER
        return min(
            self._beat_at,
            self._heard_at + SILENT_AFTER if self._heard else _NEVER,
            self._waiting.next_overdue(),
            self._outbox.next_due(),
            self._attempts.next_deadline(),
            self._pool.next_overdue(),
            _NEVER if self._farewell.draining else self._pool.next_start(),
            self._farewell.next_deadline(),
        )

    def _react(self, event: Event, now: float) -> None:
        match event:
            case Ticked():
                self._tick(now)
            case FrameHeard(messages):
                self._take_frame(messages, now)
            case AssignedHeard(message):
                self._obey(message, now)
            case StopAsked(hurry):
                self._stop(hurry=hurry, now=now)
            case RunBegun(child):
                self._begin_run(child, now)
            case ChildHarmful(child, why):
                self._effects += self._attempts.end_for(why, child)
                if self._pool.give_up(child):
                    self._effects.append(KillChild(child, why))
            case _:
                self._react_to_child(event, now)

    def _react_to_child(self, event: FromChild, now: float) -> None:
        match event:
            case RunEnded():
                self._end_run(event, now)
            case OutputRead(child, stream, piece):
                if attempt := self._attempts.of(child):
                    attempt.output.feed(stream, piece, now)
            case Progressed(child):
                if attempt := self._attempts.of(child):
                    self._tell(attempt, [self._reports.progress(attempt, event)], now)
            case ChildReady(child):
                if self._pool.loaded(child) and not self._hello:
                    self._begin_round(now)
            case ChildEnded(child, how):
                self._lose_child(child, how, now)
            case _:
                assert_never(event)

    def _tick(self, now: float) -> None:
        if self._heard and now >= self._heard_at + SILENT_AFTER:
            self._begin_round(now)
        if now >= self._beat_at:
            self._say_presence(now)
        for grant in self._waiting.overdue(now):
            self._hand_back(grant.fence)
        self._to_results += self._outbox.take_due(now)
        for attempt in self._attempts:
            if attempt.begun and now >= attempt.output.next_due():
                self._tell(attempt, self._reports.log(attempt, [attempt.output.take(now)]), now)
        self._effects += self._attempts.enforce(now)
        self._effects += [KillChild(child, _NOT_LOADED) for child in self._pool.take_overdue(now)]
        if self._farewell.take_kill(now):
            self._effects += self._attempts.kill_all()

    def _begin_round(self, now: float) -> None:
        self._waiting.clear()
        self._hello += 1
        self._heard = False
        # A ventilator that took us for lost may count its frames from 1 again; one of an older epoch stays refused.
        self._received = (self._epoch, 0)
        self._say_presence(now)

    def _say_presence(self, now: float) -> None:
        self._beat_at = now + BEAT_EVERY
        self._loading = self._pool.loading
        who = self._identity
        self._to_status.append(
            (Beat if self._heard else Hello)(
                incarnation=who.incarnation,
                hello=self._hello,
                name=who.name,
                host=who.host,
                pid=who.pid,
                queues=who.queues,
                slots=who.slots,
                topic=UNSET if self._topic is None else self._topic,
                received=self._received,
                draining=self._farewell.draining,
                loading=self._loading,
                holds=(
                    *(Held(run.grant.task_id, run.grant.fence, started=True) for run in self._attempts),
                    *(Held(grant.task_id, grant.fence, started=False) for grant in self._waiting),
                ),
                unsettled=self._outbox.unsettled(),
            )
        )

    def _obey(self, message: Assigned, now: float) -> None:
        if message.epoch < self._epoch:
            return
        mine = message.incarnation == self._identity.incarnation
        if mine and message.topic != self._topic:
            moved = self._topic is not None
            self._learn_epoch(message.epoch)
            self._listen(topic(message.topic))
            if moved:
                # The frames of another topic are counted on their own.
                self._begin_round(now)
            else:
                self._say_presence(now)
        elif mine:
            self._learn_epoch(message.epoch)
        elif message.topic == self._topic:
            self._learn_epoch(message.epoch)
            self._listen(None)
            self._begin_round(now)

    def _learn_epoch(self, epoch: int) -> None:
        """Take nothing of a lower one any more, and say so: a ventilator that has one must get a higher one."""
        if epoch > self._epoch:
            self._epoch = epoch
            self._received = (epoch, 0)

    def _listen(self, to: Topic | None) -> None:
        if self._topic is not None:
            self._effects.append(Unlisten())
        self._topic = to
        if to is not None:
            self._effects.append(Listen(to))

    def _take_frame(self, messages: tuple[OnWorkerTopic, ...], now: float) -> None:
        first = messages[0]
        position = (first.epoch, first.seq)
        if (
            self._topic is None
            or first.incarnation != self._identity.incarnation
            or first.hello != self._hello
            or position <= self._received
            or first.epoch < self._epoch
        ):
            return
        news = not self._heard or first.epoch > self._received[0] or self._received[1] == 0
        self._received = position
        self._epoch = first.epoch
        self._heard_at = now
        self._heard = True
        for message in messages:
            self._take(message, self._topic, now)
        if news:
            # What was settled meanwhile may not have reached us, and nothing is granted to us before the ventilator
            # knows that we hear it: neither need wait for its time.
            self._outbox.hurry(now)
            self._say_presence(now)

    def _take(self, message: OnWorkerTopic, on: Topic, now: float) -> None:
        match message:
            case Grant():
                self._take_grant(message, on, now)
            case Settled():
                self._outbox.settle(message.fence, message.report)
            case Revoke():
                self._revoke(message.fence, now)
            case Drain():
                self._drain(now)
            case VentilatorBeat():
                for revoked in message.revoked:
                    self._revoke(revoked.fence, now)
                if message.drain:
                    self._drain(now)
            case _:
                assert_never(message)

    def _take_grant(self, grant: Grant, on: Topic, now: float) -> None:
        fence = grant.fence
        if fence in self._waiting or fence in self._attempts or fence in self._outbox:
            return
        self._waiting.add(grant, on, now)

    def _revoke(self, fence: int, now: float) -> None:
        # What is neither has ended, or was never here: its outcome or the next beat says so.
        if fence in self._waiting:
            self._hand_back(fence)
        elif fence in self._attempts:
            self._effects += self._attempts.cancel(fence, now)

    def _hand_back(self, fence: int) -> None:
        self._free(self._waiting.take(fence))

    def _free(self, grant: Grant) -> None:
        """Whoever else gets it does not do it for a second time."""
        self._to_status.append(Freed(incarnation=self._identity.incarnation, task_id=grant.task_id, fence=grant.fence))

    def _keep_going(self, now: float) -> None:
        """Everything that may have become possible by an event."""
        if self._hello and self._pool.loading != self._loading:
            # Whatever is granted to who can't start it waits in vain, where another worker may have room.
            self._say_presence(now)
        if self._farewell.draining:
            for grant in self._waiting:
                self._hand_back(grant.fence)
            self._leave_when_done(now)
            return
        while (
            self._waiting
            and self._pool.free
            and len(self._attempts) < self._identity.slots
            and self._outbox.size <= KEPT_AT_MOST
            and len(self._outbox) <= KEPT_REPORTS_AT_MOST
        ):
            self._give_oldest(now)
        self._effects += [StartChild(child) for child in self._pool.start(now)]

    def _give_oldest(self, now: float) -> None:
        waiting = self._waiting.take_oldest()
        grant, me = waiting.grant, self._identity.incarnation
        child = self._pool.take()
        self._attempts.give(grant, waiting.topic, child, now)
        self._effects.append(Run(child, grant, waiting.topic))
        self._to_status.append(Started(incarnation=me, task_id=grant.task_id, fence=grant.fence))

    def _begin_run(self, child: int, now: float) -> None:
        if attempt := self._attempts.begin(child, now):
            self._outbox.start(self._reports.started(attempt), now)

    def _tell(self, attempt: Attempt, reports: Sequence[AttemptTold], now: float) -> None:
        """Say what a running attempt tells; never before it was said that it has started."""
        self._to_results += [*self._outbox.start_now(attempt.grant.fence, now), *reports]

    def _end_run(self, ended: RunEnded, now: float) -> None:
        attempt = self._attempts.take(ended.child)
        if attempt is None:
            return
        if attempt.killed:
            # It has ended its run in time, and yet runs nothing more.
            pass
        elif ended.spent is not None:
            self._pool.retire(ended.child)
            self._effects.append(RetireChild(ended.child, ended.spent))
        else:
            self._pool.give_back(ended.child)
        self._end(attempt, self._reports.ended(attempt, ended.ran, ended.end), now)

    def _lose_child(self, child: int, how: str, now: float) -> None:
        attempt = self._attempts.take(child)
        if attempt is None:
            pass
        elif attempt.begun:
            self._end(attempt, self._reports.died(attempt, how, now), now)
        else:
            # Now that the child is gone it is certain that it has not begun: no attempt, and nothing lost.
            self._pool.took_nothing(child)
            self._free(attempt.grant)
        self._pool.ended(child, now)

    def _end(self, attempt: Attempt, outcome: AttemptEnded, now: float) -> None:
        attempt.output.end(now)
        *started, last = self._outbox.end(outcome, now)
        # After its outcome the record takes nothing more of an attempt.
        self._to_results += [*started, *self._reports.log(attempt, attempt.output.take_all(now)), last]
        self._to_status.append(
            Freed(
                incarnation=self._identity.incarnation,
                task_id=outcome.task_id,
                fence=outcome.fence,
                ran=outcome.ran,
            )
        )

    def _stop(self, *, hurry: bool, now: float) -> None:
        if hurry:
            self._leave()
        else:
            self._farewell.stop(now)
            self._drain(now)

    def _drain(self, now: float) -> None:
        if self._farewell.drain() and self._hello:
            self._say_presence(now)

    def _leave_when_done(self, now: float) -> None:
        if self._attempts:
            return
        if not self._outbox:
            if self._hello:
                self._to_status.append(Goodbye(incarnation=self._identity.incarnation))
            self._leave()
        elif self._farewell.waited(now):
            # No goodbye: that would free the seat, and the outcomes that are still under way would come too late.
            self._leave()

    def _leave(self) -> None:
        self._ended = True

    def _take_effects(self) -> list[Effect]:
        effects = self._effects
        if self._to_results:
            effects.append(ToResults(tuple(self._to_results)))
        if self._to_status:
            effects.append(ToStatus(tuple(self._to_status)))
        if self._ended:
            effects.append(Exit(0))
        self._effects, self._to_status, self._to_results = [], [], []
        return effects
