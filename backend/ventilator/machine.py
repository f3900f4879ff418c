"""Decides who does what. Owns no socket and reads no clock: events in, effects out."""

from collections import defaultdict
from collections.abc import Sequence
from typing import assert_never

from msgspec import UNSET
from msgspec.structs import replace

from backend.tasks.grants import CancelledGrant, Closing, GrantedTask, Known, Wishes, WorkerRow
from backend.tasks.lifecycle import Cause
from backend.ventilator.absent import Absent, Absentees
from backend.ventilator.effects import (
    Close,
    Disbelieve,
    Effect,
    Lose,
    Open,
    Publish,
    RaiseEpoch,
    ReadRecord,
    Shut,
    Tend,
    WriteWorkers,
)
from backend.ventilator.epochs import Epochs, Named
from backend.ventilator.events import (
    EpochRaised,
    Event,
    Filled,
    FillFailed,
    RecordRead,
    StatusHeard,
    Tended,
    Ticked,
    Woken,
)
from backend.ventilator.filling import Filling
from backend.ventilator.framing import DRAIN
from backend.ventilator.load_table import Averages, HeldGrant, LoadTable, Seat
from backend.ventilator.outbox import Outbox
from backend.ventilator.seating import Seating
from backend.ventilator.tending import Tending
from wire.messages import (
    BEAT_EVERY,
    Assigned,
    Beat,
    Freed,
    Goodbye,
    Hello,
    Position,
    Presence,
    ReportKind,
    SettledBySink,
    Started,
)
from wire.topics import Topic, topic

STALLED_AFTER = 1.5 * BEAT_EVERY
"""Seconds between two events after which it was we who stood still: a deadline falls into every beat."""

ASSIGN_EVERY = 0.25
"""Seconds after which a worker that does not listen yet is told again where to."""

ROWS_EVERY = 10.0
"""Seconds between two writes of the workers' last beats."""

LOOK_BACK_EVERY = 10.0
"""Seconds between two looks for open grants that we know nothing of: the record may have been put back under us."""

DISBELIEVE_EVERY = 60.0
"""Seconds between two times that a word is told in the log that is not believed: anybody may say thousands."""

SEATS_AT_MOST = 1_000
"""Workers at once: each has a socket, and ZeroMQ gives a process 1,023 of them."""

NEWCOMERS_AT_MOST = 100
"""Workers among them that do not listen at their seats yet. Who says hello meanwhile waits for its next hello: whoever
says it under thousands of names takes no seat from those who work."""

_NEVER = float("inf")


class Ventilator:
    """Hands out seats and grants, and loses workers. `epoch` is ours; `known` was read after the record had it."""

    def __init__(self, epoch: int, known: Known, now: float, look_back_every: float = LOOK_BACK_EVERY) -> None:
        self._epochs = Epochs(epoch, now)
        self._disbelieve_at = now

        self._table = LoadTable()
        self._newcomers = 0
        self._averages = Averages()
        self._absent = Absentees(known, now)
        self._seating = Seating((topic(worker.topic), worker.incarnation) for worker in known.workers)

        self._filling = Filling(now)
        self._tending = Tending(now)
        self._rereading = False

        self._seen_at = now
        self._beat_at = now
        self._assign_at = now
        self._rows_at = now + ROWS_EVERY
        self._look_back_every = look_back_every
        self._look_back_at = now + look_back_every

        self._effects: list[Effect] = []
        self._closings: list[Closing] = []
        self._rows: dict[str, WorkerRow] = {}
        self._outbox = Outbox(epoch)

    @property
    def table(self) -> LoadTable:
        """To be read only."""
        return self._table

    @property
    def _waits(self) -> bool:
        """Whether the record must answer before grants are asked for: fences are of the epoch they are written in."""
        return self._filling.asked or self._rereading or self._epochs.taken

    @property
    def _epoch(self) -> int:
        return self._epochs.mine

    def handle(self, event: Event, now: float) -> list[Effect]:
        """What to do about the event."""
        self._forgive_stall(now)
        self._react(event, now)
        self._keep_time(now)
        self._write_rows(now)
        self._tend(now)
        self._look_back(now)
        self._fill(now)
        self._effects += self._outbox.frames(self._table, now)
        effects, self._effects = self._effects, []
        return effects

    def _react(self, event: Event, now: float) -> None:
        match event:
            case StatusHeard(messages):
                self._newcomers = sum(not seat.obeyed for seat in self._table)
                for heard in messages:
                    self._hear(heard, now)
            case Filled():
                self._filling.answered(event, now)
                self._take_grants(event.grants)
            case Woken():
                self._filling.hunger()
                self._tending.hasten(now)
            case Tended():
                self._take_tended(event, now)
            case FillFailed():
                self._filling.failed()
                self._reread()
            case RecordRead(known):
                self._close_unheard_of(known, now)
            case EpochRaised(epoch):
                self._begin_epoch(epoch, now)
            case Ticked():
                pass
            case _:
                assert_never(event)

    def next_deadline(self) -> float:
        """When to be told that it Ticked, if nothing happens before; infinity: only when something happens."""
        silent_at, obeyed, unobeyed = self._table.outlook()
        return min(
            self._beat_at if self._table or self._absent else _NEVER,
            self._assign_at if unobeyed else _NEVER,
            silent_at,
            self._absent.lose_at,
            _NEVER if self._waits else self._filling.at if obeyed else self._filling.due_at,
            self._tending.at,
            self._look_back_at if self._table and not self._waits else _NEVER,
        )

    # --- time --------------------------------------------------------------------------------------------------------

    def _forgive_stall(self, now: float) -> None:
        """What was not heard while we stood still is not held against anybody."""
        gap = now - self._seen_at
        self._seen_at = now
        if gap < STALLED_AFTER:
            return
        for seat in self._table:
            seat.forgive(gap)
        self._absent.forgive(gap)

    def _keep_time(self, now: float) -> None:
        for incarnation, absent in self._absent.take_overdue(now).items():
            self._lose_absent(incarnation, absent)
        for seat in self._table.silent(now):
            self._lose(seat, now)
        if now >= self._beat_at:
            self._beat_at = now + BEAT_EVERY
            for seat in self._table:
                self._outbox.put(seat.topic, seat.beat())
        if now >= self._assign_at:
            self._assign_at = now + ASSIGN_EVERY
            for seat in self._table:
                if not seat.obeyed:
                    self._assign(seat)

    # --- workers -----------------------------------------------------------------------------------------------------

    def _hear(self, heard: Hello | Beat | Started | Freed | Goodbye | SettledBySink, now: float) -> None:
        match heard:
            case Hello() | Beat():
                self._hear_presence(heard, now)
            case Started():
                seat = self._table.of(heard.incarnation)
                if seat is not None:
                    seat.start(heard.fence, now)
            case Freed():
                self._hear_freed(heard)
            case Goodbye():
                self._dismiss(heard.incarnation, now)
            case SettledBySink():
                self._hear_settled(heard, now)
            case _:
                assert_never(heard)

    def _hear_presence(self, heard: Presence, now: float) -> None:
        if not self._hear_epoch(heard.received[0], heard.incarnation, now):
            return
        seat = self._table.of(heard.incarnation) or self._take_in(heard, now)
        if seat is None or heard.hello < seat.hello:
            return
        seat.heard_at = now
        new_round = heard.hello > seat.hello
        if new_round:
            seat.begin_round(heard.hello, self._outbox.next_position, heard.received)
            self._assign(seat)
        elif heard.received < seat.received:
            return
        seat.take_up_to(heard.received)
        open_before = seat.open_slots if seat.obeyed else 0
        seat.describe(heard)
        self._compare(seat, heard, new_round=new_round, now=now)
        listens = heard.topic is not UNSET and heard.topic == seat.topic
        obeyed = listens and seat.received >= seat.since
        seat.obeyed = obeyed
        if seat.able and seat.open_slots > open_before:
            self._filling.hunger()
        seat.listened |= obeyed
        self._filling.make_room()

    def _hear_epoch(self, named: int, incarnation: str, now: float) -> bool:
        """Whether a worker that names this epoch is heard: else it would take no frame of ours anyway."""
        match self._epochs.hear(named, incarnation, now):
            case Named.KNOWN:
                pass
            case Named.TAKEN:
                # The record was put back to an older state: our frames and fences must be above what is out there.
                self._effects.append(RaiseEpoch(above=named))
            case Named.LATER:
                return False
            case Named.ABSURD:
                if now >= self._disbelieve_at:
                    self._disbelieve_at = now + DISBELIEVE_EVERY
                    self._effects.append(Disbelieve(incarnation, named, self._epoch))
                return False
            case unknown:
                assert_never(unknown)
        return True

    def _compare(self, seat: Seat, heard: Presence, *, new_round: bool, now: float) -> None:
        """Put what the worker lists beside what it was granted.

        It took everything up to `received`, and nothing of a former round that it does not list: what is missing did
        not arrive, or has ended and was settled. The record knows which.
        """
        started = {held.fence: held.started for held in heard.holds}
        unsettled = {one.fence for one in heard.unsettled}
        for fence, grant in list(seat.grants.items()):
            if fence in unsettled:
                seat.end(fence)
            elif fence in started:
                if started[fence]:
                    seat.start(fence, now)
            elif new_round or self._took(seat, grant.position):
                self._close(seat, grant, Cause.UNSENT)
        known = seat.foreign
        seat.foreign = {fence: known[fence] for fence in started.keys() & known.keys()}
        for held in heard.holds:
            if held.fence not in seat.grants and held.fence not in known:
                self._disown(seat, held.fence, held.task_id)

    def _took(self, seat: Seat, position: Position) -> bool:
        """Whether the worker has taken a frame of this epoch, and none that is before that position."""
        return seat.received[0] == self._epoch and (position[0] < self._epoch or position <= seat.received)

    def _hear_freed(self, heard: Freed) -> None:
        seat = self._table.of(heard.incarnation)
        if seat is None:
            return
        if heard.fence in seat.foreign:
            del seat.foreign[heard.fence]
        if heard.ran is UNSET:
            grant = seat.grants.get(heard.fence)
            if grant is not None and not grant.ended:
                seat.handed_back = True
                self._close(seat, grant, Cause.HANDED_BACK)
        else:
            ended = seat.end(heard.fence)
            if ended is not None:
                self._averages.learn(ended.path, heard.ran)
        self._filling.make_room()

    def _hear_settled(self, heard: SettledBySink, now: float) -> None:
        seat = self._table.of(heard.incarnation)
        if seat is None:
            # It sends its report again once it has a seat.
            return
        grant = seat.grants.get(heard.fence)
        if grant is not None and grant.task_id != heard.task_id:
            # Somebody else has reported another task under this fence: it says nothing of the grant.
            return
        if heard.report is not ReportKind.STARTED:
            seat.drop(heard.fence)
            self._filling.make_room()
        else:
            seat.start(heard.fence, now)
        self._outbox.put(seat.topic, heard)

    def _take_in(self, heard: Presence, now: float) -> Seat | None:
        """Give a seat to a worker that has none; None when there is none for it now."""
        if heard.incarnation not in self._absent and (
            self._newcomers >= NEWCOMERS_AT_MOST or len(self._table) >= SEATS_AT_MOST
        ):
            return None
        self._newcomers += 1
        absent = self._absent.take(heard.incarnation)
        chosen = self._choose_topic(heard, absent, now)
        seat = Seat(
            topic=chosen,
            incarnation=heard.incarnation,
            name=heard.name,
            host=heard.host,
            pid=heard.pid,
            queues=heard.queues,
            slots=heard.slots,
            hello=heard.hello,
            since=self._outbox.next_position,
            received=heard.received,
            heard_at=now,
        )
        for grant in [] if absent is None else absent.grants.values():
            seat.hold(grant)
        self._table.add(seat)
        self._effects.append(Open(chosen))
        self._assign(seat)
        self._assign_at = now + ASSIGN_EVERY
        return seat

    def _choose_topic(self, heard: Presence, absent: Absent | None, now: float) -> Topic:
        """The seat it was waited for at, or another that nobody has and nobody may come back to."""
        if absent is not None and absent.topic is not None:
            return absent.topic
        taken = self._absent.topics
        taken |= {seat.topic for seat in self._table}
        named = None if heard.topic is UNSET else topic(heard.topic)
        return self._seating.choose(taken, named, heard.incarnation, now)

    def _assign(self, seat: Seat) -> None:
        self._epochs.tell(seat.topic, seat.incarnation)
        self._effects.append(Publish(Assigned(epoch=self._epoch, incarnation=seat.incarnation, topic=seat.topic)))
        self._outbox.put(seat.topic, seat.beat())

    def _lose(self, seat: Seat, now: float) -> None:
        ended = sum(grant.ended for grant in seat.grants.values())
        started = frozenset(fence for fence, grant in seat.grants.items() if grant.started)
        if seat.listened or seat.grants:
            # What has ended takes no slot: beside it the worker may have started as many others as ever.
            self._effects.append(Lose(seat.topic, seat.incarnation, started, seat.slots + ended))
        self._rows[seat.topic] = seat.row("LOST", beat=False)
        self._vacate(seat, now)

    def _lose_absent(self, incarnation: str, absent: Absent) -> None:
        worker = absent.worker
        if worker is None:
            self._effects.append(Lose(None, incarnation, frozenset(), 1))
        else:
            self._effects.append(Lose(topic(worker.topic), incarnation, frozenset(), worker.slots))
            self._rows[worker.topic] = replace(worker, state="LOST", beat=False)
        self._filling.hunger()

    def _dismiss(self, incarnation: str, now: float) -> None:
        """The worker has ended by itself."""
        seat = self._table.of(incarnation)
        if seat is not None:
            for grant in list(seat.grants.values()):
                self._close(seat, grant, Cause.UNSENT)
            self._rows[seat.topic] = seat.row("GONE", beat=False)
            self._vacate(seat, now)
            return
        absent = self._absent.take(incarnation)
        if absent is not None:
            for grant in absent.grants.values():
                self._closings.append(Closing(grant.fence, incarnation, grant.task_id, Cause.UNSENT))
            if absent.worker is not None:
                self._rows[absent.worker.topic] = replace(absent.worker, state="GONE", beat=False)
            self._filling.hunger()

    def _vacate(self, seat: Seat, now: float) -> None:
        self._table.remove(seat)
        self._outbox.forget(seat.topic)
        self._effects.append(Shut(seat.topic))
        self._seating.shut(seat.topic, now)
        self._filling.hunger()

    # --- grants ------------------------------------------------------------------------------------------------------

    def _close(self, seat: Seat, grant: HeldGrant, cause: Cause) -> None:
        seat.drop(grant.fence)
        self._closings.append(Closing(grant.fence, seat.incarnation, grant.task_id, cause))
        self._filling.hunger()

    def _take_tended(self, tended: Tended, now: float) -> None:
        self._tending.answered()
        # Without an answer what was wanted still is.
        if tended.wishes is not None:
            self._filling.expect(tended.next_due_in, now)
            self._tell_wishes(tended.wishes)

    def _tell_wishes(self, wishes: Wishes) -> None:
        """Tell workers what somebody wants of them; the beats repeat it."""
        revoked: dict[str, dict[int, str]] = defaultdict(dict)
        for grant in wishes.cancelled:
            revoked[grant.holder][grant.fence] = grant.task_id
        for seat in self._table:
            of_seat = revoked.get(seat.incarnation, {})
            news, drain_now = seat.want(of_seat, drain=seat.incarnation in wishes.drain)
            ends = [CancelledGrant(of_seat[fence], fence, seat.incarnation) for fence in news]
            self._outbox.put(seat.topic, *ends, *([DRAIN] if drain_now else []))

    def _fill(self, now: float) -> None:
        """Ask for grants, if there may be some and somebody has room for them; after everything that closes grants."""
        if self._closings:
            self._effects.append(Close(tuple(self._closings)))
            self._closings = []
        if self._waits:
            return
        if now >= self._filling.due_at:
            # What has expired only tending ends, and what is due is to be known as such though nobody has room for it.
            self._tending.hasten(now)
        fill = self._filling.ask(self._table, self._averages, self._epochs, now)
        if fill is not None:
            self._effects.append(fill)

    def _take_grants(self, grants: Sequence[GrantedTask]) -> None:
        for granted in grants:
            seat = self._table.of(granted.holder)
            if seat is None or not seat.obeyed:
                self._closings.append(Closing(granted.fence, granted.holder, granted.task_id, Cause.UNSENT))
                self._filling.hunger()
                continue
            seat.hold(HeldGrant(granted.task_id, granted.path, granted.fence, granted.size))
            seat.granted += 1
            self._outbox.put(seat.topic, granted)

    def _tend(self, now: float) -> None:
        """Have the record tended: by the clock, and soon after somebody has woken us."""
        if now >= self._tending.at:
            self._tending.ask(now)
            self._effects.append(Tend())

    def _look_back(self, now: float) -> None:
        if now >= self._look_back_at and self._table and not self._waits:
            self._reread()

    def _reread(self) -> None:
        self._rereading = True
        self._effects.append(ReadRecord())

    def _close_unheard_of(self, known: Known, now: float) -> None:
        """Grants that were written, and whose answer never came, reached nobody; nor did those of another time."""
        self._rereading = False
        self._look_back_at = now + self._look_back_every
        self._filling.hunger()
        for grant in known.grants:
            seat = self._table.of(grant.holder)
            if grant.holder in self._absent or (seat is not None and grant.fence in seat.grants):
                continue
            self._closings.append(Closing(grant.fence, grant.holder, grant.task_id, Cause.UNSENT))
        self._give_up_unknown(frozenset(grant.fence for grant in known.grants))

    def _give_up_unknown(self, open_fences: frozenset[int]) -> None:
        """What a worker runs under a grant that a record which was put back does not know would run to no end."""
        for seat in self._table:
            for fence, grant in list(seat.grants.items()):
                if fence not in open_fences and not grant.ended:
                    seat.drop(fence)
                    self._disown(seat, fence, grant.task_id)

    def _disown(self, seat: Seat, fence: int, task_id: str) -> None:
        """The record has given it up, and would answer STALE to whatever becomes of it: it only takes room."""
        seat.foreign[fence] = task_id
        self._outbox.put(seat.topic, CancelledGrant(task_id, fence, seat.incarnation))

    # --- what goes out -----------------------------------------------------------------------------------------------

    def _begin_epoch(self, epoch: int, now: float) -> None:
        self._epochs.begin(epoch)
        self._outbox.begin(epoch)
        self._assign_at = now
        for seat in self._table:
            seat.since = self._outbox.next_position
            seat.obeyed = False

    def _write_rows(self, now: float) -> None:
        beat = now >= self._rows_at
        if beat:
            self._rows_at = now + ROWS_EVERY
        for seat in self._table:
            if beat or seat.written != seat.state:
                seat.written = seat.state
                self._rows[seat.topic] = seat.row(seat.state, beat=True)
        if self._rows:
            self._effects.append(WriteWorkers(tuple(self._rows.values())))
            self._rows = {}
