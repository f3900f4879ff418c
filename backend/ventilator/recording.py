"""The ventilator's one thread for the record: it does what the machine asks, in order, until it is done."""

import logging
import threading
from collections.abc import Callable
from functools import partial
from typing import assert_never

from django.db import connection
from msgspec import Struct

from backend.tasks import store, unreachable
from backend.tasks.grants import Known
from backend.ventilator.asked import Asked
from backend.ventilator.choosing import choose
from backend.ventilator.effects import Close, Fill, ForRecord, Lose, RaiseEpoch, ReadRecord, Tend, WriteWorkers
from backend.ventilator.events import EpochRaised, Event, Filled, FillFailed, RecordRead, Tended
from backend.ventilator.pruning import Pruning

log = logging.getLogger("ventilator")

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 2.0
"""Seconds between two tries after the record did not answer, doubled up to the longest."""

TRIES = 40
"""After so many faults, over a minute, the ventilator gives up: another start may do better. A record that is only
away, be its disk full or somebody else have locked it, is waited for as long as that takes."""


class Began(Struct, frozen=True):
    """The record has our epoch; this is what it knows."""

    epoch: int
    known: Known


class GaveUp(Struct, frozen=True):
    """Nothing more will be written: a newer ventilator has the record, or it does not answer."""

    why: str


Told = Began | GaveUp | Event


class _Stopped(Exception):
    """The ventilator ends; what was asked and not yet done stays undone."""


class _ShowLife:
    """Asked for by the loop, to be given by the thread: both are alive then."""


class _Stop:
    """The last that is asked."""


class Recording:
    """`tell` is called in this thread, with Began first and GaveUp last if ever; `show_life` when it is asked for."""

    def __init__(
        self,
        tell: Callable[[Told], None],
        show_life: Callable[[], None] = lambda: None,
        pruning: Pruning | None = None,
    ) -> None:
        self._tell = tell
        self._pruning = pruning or Pruning(None)
        self._show_life = show_life
        self._asked: Asked[_ShowLife | _Stop] = Asked()
        self._stopped = threading.Event()
        self._life_asked = threading.Event()
        self._away = False
        self._epoch = 0
        self._thread = threading.Thread(target=self._run, name="record")

    def start(self) -> None:
        self._thread.start()

    def ask(self, effect: ForRecord) -> None:
        self._asked.put(effect)

    def ask_for_life(self) -> None:
        """Have a sign of life given once this thread comes to it: while the record does not answer, none is."""
        if not self._life_asked.is_set():
            self._life_asked.set()
            self._asked.put(_ShowLife())

    def stop(self) -> None:
        """End after what is being written now; grants that were not sent are found by the next epoch."""
        self._stopped.set()
        self._asked.put(_Stop())
        self._thread.join()

    def _run(self) -> None:
        try:
            self._begin()
            while not isinstance(asked := self._next(), _Stop):
                if isinstance(asked, _ShowLife):
                    self._life_asked.clear()
                    self._show_life()
                else:
                    self._obey(asked)
        except _Stopped:
            pass
        except store.NewerEpoch as error:
            self._tell(GaveUp(str(error)))
        except Exception as error:
            # Without this thread the ventilator would be there, and do nothing.
            log.exception("record.failed", extra={"asked": "anything"})
            self._tell(GaveUp(f"a fault: {error}"))
        finally:
            connection.close()
            store.engine.close()

    def _next(self) -> ForRecord | _ShowLife | _Stop:
        """What is asked next; until it is, old tasks are taken off the record."""
        while True:
            wait = self._pruning.wait()
            if wait is not None and (asked := self._asked.get(wait)) is not None:
                return asked
            self._prune()

    def _prune(self) -> None:
        try:
            self._pruning.step(self._epoch)
        except store.NewerEpoch:
            raise
        except Exception as error:  # noqa: BLE001  (it is told, and the next look tries again)
            self._failed("prune", error)

    def _begin(self) -> None:
        self._raise_epoch(0, mine=None)
        known = self._insist("read", store.known)
        store.relax()
        self._tell(Began(self._epoch, known))

    def _obey(self, effect: ForRecord) -> None:
        if self._stopped.is_set():
            raise _Stopped
        match effect:
            case Fill():
                self._tell(self._fill(effect))
            case Close(closings):
                self._insist("close", lambda: store.close(self._epoch, closings))
            case Lose(topic, incarnation, started, slots):
                lost = self._insist("lose", lambda: store.lose(self._epoch, incarnation, started=started, slots=slots))
                fields = {"worker": topic, "returned": lost.returned, "lost": lost.lost, "failed": lost.failed}
                log.warning("worker.lost", extra=fields)
            case WriteWorkers(rows):
                self._insist("write", lambda: store.write_workers(self._epoch, rows))
            case Tend():
                self._tell(self._tend())
            case ReadRecord():
                self._tell(RecordRead(self._insist("read", store.known)))
            case RaiseEpoch(above):
                # Durable, unlike all else here: a new connection has not been relaxed.
                connection.close()
                self._raise_epoch(above, mine=self._epoch)
                store.relax()
                self._tell(EpochRaised(self._epoch))
            case _:
                assert_never(effect)

    def _raise_epoch(self, above: int, *, mine: int | None) -> None:
        self._epoch = self._insist("raise", lambda: store.raise_epoch(above, mine=mine))
        log.info("epoch.raised", extra={"epoch": self._epoch})

    def _fill(self, fill: Fill) -> Filled | FillFailed:
        fences = range(fill.first_fence, fill.first_fence + fill.limit)
        chosen = partial(choose, fill.rooms, fill.averages, fences)
        try:
            granted = store.grant(self._epoch, queues=fill.queues, limit=fill.limit, choose=chosen)
        except store.NewerEpoch:
            raise
        except Exception as error:  # noqa: BLE001  (it is told, and the next look tries again)
            self._failed("grant", error)
            return FillFailed()
        self._answered()
        return Filled(granted.grants, granted.more, granted.next_due_in)

    def _tend(self) -> Tended:
        try:
            wishes, next_due_in = store.tend(self._epoch), store.next_due_in()
        except store.NewerEpoch:
            raise
        except Exception as error:  # noqa: BLE001  (it is told, and the next look tries again)
            self._failed("tend", error)
            return Tended(None)
        return Tended(wishes, next_due_in)

    def _insist[T](self, asked: str, call: Callable[[], T]) -> T:
        """The answer, however often it takes; each of these may be carried out twice and is the same as once.

        Except to raise an epoch that is `mine`: what was written and not answered makes the next try a NewerEpoch, and
        another ventilator begins.
        """
        pause = FIRST_PAUSE
        faults = 0
        while True:
            try:
                answer = call()
            except store.NewerEpoch:
                raise
            except Exception as error:
                self._failed(asked, error)
                faults += not isinstance(error, unreachable.AWAY)
                if faults == TRIES:
                    self._tell(GaveUp(f"the record does not answer: {error}"))
                    raise _Stopped from error
            else:
                self._answered()
                return answer
            if self._stopped.wait(pause):
                raise _Stopped
            pause = min(2 * pause, LONGEST_PAUSE)

    def _failed(self, asked: str, error: Exception) -> None:
        """Tell it once for as long as the record is away, and go on with another connection."""
        if not isinstance(error, unreachable.AWAY):
            log.error("record.failed", extra={"asked": asked}, exc_info=error)
        elif not self._away:
            self._away = True
            log.warning("record.away", extra={"asked": asked, "why": unreachable.why(error)}, exc_info=error)
        self._reconnect()

    def _answered(self) -> None:
        if self._away:
            self._away = False
            log.info("record.answers")

    def _reconnect(self) -> None:
        """Whatever state the connection is in, the next statement starts on a new one."""
        connection.close()
        if self._epoch:
            try:
                store.relax()
            except unreachable.AWAY:
                # The next try comes to the same, and says so.
                return
            except Exception:
                log.exception("record.failed", extra={"asked": "relax"})
