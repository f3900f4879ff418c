"""The model that the simulation trusts does what the real record does, whatever is asked of it in whatever order.

ZONDA_TEST_EXAMPLES=2000 looks at more histories than the suite does.
"""

import os
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from msgspec import UNSET

from backend.doctor import record as doctor
from backend.tasks.engines.sqlite.granting import RIPEN
from backend.tasks.lifecycle import MAX_UNSTARTED, Cause
from tests.simulation.both import HOLDERS, KINDS, Both, Given, Grip
from wire.messages import AttemptFailed, AttemptStarted, OnResults

EXAMPLES = int(os.environ.get("ZONDA_TEST_EXAMPLES", "45"))
STEPS = 40

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(300 + 10 * EXAMPLES)]

IDS = st.sampled_from(["mine-0", "mine-1", "mine-2"])
QUEUES = st.sampled_from(["a", "b"])
PLACES = st.integers(0, 12)
"""One of what there is, counted from the newest, as far as there are so many."""

GIVEN = st.tuples(
    st.integers(0, 1),
    QUEUES,
    st.sampled_from([-1, 0, 0, 1]),
    st.sampled_from([1, 1, 2, 3]),
    st.sampled_from([None, None, 2.0]),
    st.sampled_from([None, None, 3.0, 30.0]),
)
TOLD = st.tuples(
    PLACES,
    st.sampled_from(list(KINDS)),
    st.sampled_from([None, None, None, None, *HOLDERS]),
    st.booleans(),
    st.sampled_from([UNSET, UNSET, 0.0, 2.5]),
)


class ModelAndRecord(RuleBasedStateMachine):
    """One record after the other, each in a transaction that is undone."""

    both: Both

    @initialize(of=st.lists(GIVEN, min_size=2, max_size=6), ripens=st.sampled_from([1, 2, RIPEN]))
    def begin(self, of: list[tuple[Any, ...]], ripens: int) -> None:
        self._undone = transaction.atomic()
        self._undone.__enter__()
        self._patch = pytest.MonkeyPatch()
        self.both = Both(self._patch, ripens=ripens)
        self.both.create([(None, self._given(one)) for one in of])

    def teardown(self) -> None:
        if not hasattr(self, "_undone"):
            return
        try:
            # Attempts say how long they ran, and no time passes meanwhile: they seem to have started before anything.
            # And what ends while the clock is put back has ended before it was created.
            checks = [check for check in doctor.CHECKS if check.number != "I8"]
            found = [
                finding
                for check in checks
                for finding in check.look()
                if not any(words in finding.what for words in ("were started", "ended before they were created"))
            ]
            assert not found, found
        finally:
            self._patch.undo()
            transaction.set_rollback(True)
            self._undone.__exit__(None, None, None)

    def _key(self, place: int) -> str:
        return list(self.both.given)[-1 - place % len(self.both.given)]

    def _grip(self, place: int) -> Grip:
        return self.both.grips[-1 - place % len(self.both.grips)]

    def _given(self, of: tuple[Any, ...]) -> Given:
        number, queue, priority, tries, later, expires = of
        now = self.both.now
        due_at, expires_at = (None if span is None else now + span for span in (later, expires))
        return Given(number, queue, priority, tries, due_at, expires_at)

    @rule(wanted=st.lists(st.tuples(st.none() | IDS, GIVEN), min_size=1, max_size=3))
    def create(self, wanted: list[tuple[str | None, tuple[Any, ...]]]) -> None:
        """I3."""
        self.both.create([(key, self._given(of)) for key, of in wanted])

    @precondition(lambda self: self.both.given)
    @rule(place=PLACES, other=st.booleans())
    def create_again(self, place: int, *, other: bool) -> None:
        """I3."""
        key = self._key(place)
        given = self.both.given[key]
        changed = Given(9, given.queue, given.priority, given.tries, given.due_at, given.expires_at)
        self.both.create([(key, changed if other else given)])

    @precondition(lambda self: self.both.model.any_unended)
    @rule(
        holder=st.sampled_from(list(HOLDERS)),
        limit=st.integers(1, 4),
        take=st.integers(0, 4),
        queues=st.sampled_from([None, None, frozenset("a"), frozenset("ab")]),
    )
    def grant(self, holder: str, limit: int, take: int, queues: frozenset[str] | None) -> None:
        """I5, I7, I8, I9."""
        self.both.grant(holder, limit, take, queues)

    @precondition(lambda self: self.both.grips)
    @rule(told=st.lists(TOLD, min_size=1, max_size=4))
    def report(self, told: list[tuple[Any, ...]]) -> None:
        """I4, I5, I6: of any grant that there ever was, by anybody."""
        reports = []
        for place, kind, holder, again, delay in told:
            grip = self._grip(place)
            more = {"again": again, "delay": delay} if kind is AttemptFailed else {}
            reports.append((Grip(grip.task_id, grip.fence, holder or grip.holder), kind, more))
        self.both.report(reports)

    @precondition(lambda self: self.both.open_grips())
    @rule(kinds=st.lists(st.sampled_from(list(KINDS)), min_size=1, max_size=5))
    def report_what_is_open(self, kinds: list[type[OnResults]]) -> None:
        """I4, I6, I7: as workers do, each of what it has."""
        grips = self.both.open_grips()
        self.both.report([(grip, kind, {}) for grip, kind in zip(grips, kinds, strict=False)])

    @precondition(lambda self: self.both.model.any_unended)
    @rule(kinds=st.lists(st.sampled_from(list(KINDS)), min_size=1, max_size=4))
    def grant_and_report_in_turn(self, kinds: list[type[OnResults]]) -> None:
        """I4, I6: lives of a few attempts each."""
        for kind in kinds:
            self.both.grant("two", 1, 1, None)
            self.both.report([(grip, kind, {}) for grip in self.both.open_grips()[-1:]])
            self.both.pass_time(4.0)

    @precondition(lambda self: len(self.both.open_grips()) > 1)
    @rule(holder=st.sampled_from(list(HOLDERS)), starts=st.integers(0, 2), slots=st.integers(1, 3))
    def start_some_and_be_lost(self, holder: str, starts: int, slots: int) -> None:
        """I6, L3: which of its grants a lost worker may have started."""
        mine = [grip for grip in self.both.open_grips() if grip.holder == holder]
        self.both.report([(grip, AttemptStarted, {}) for grip in mine[:starts]])
        self.both.lose(holder, frozenset(grip.fence for grip in mine[-1:] if starts == 2), slots)

    @precondition(lambda self: self.both.grips)
    @rule(place=PLACES)
    def refuse(self, place: int) -> None:
        """I4."""
        self.both.refuse(self._grip(place))

    @precondition(lambda self: self.both.grips)
    @rule(places=st.lists(PLACES, min_size=1, max_size=3), cause=st.sampled_from([Cause.UNSENT, Cause.HANDED_BACK]))
    def close(self, places: list[int], cause: Cause) -> None:
        """I5, I7."""
        self.both.close([self._grip(place) for place in places], cause)

    @precondition(lambda self: self.both.model.any_unended)
    @rule(times=st.sampled_from([1, MAX_UNSTARTED]))
    def grant_in_vain(self, times: int) -> None:
        """I6: what often reaches nobody is lost in the end."""
        for _ in range(times):
            before = len(self.both.grips)
            self.both.grant("one", 1, 1, None)
            self.both.close(self.both.grips[before:], Cause.UNSENT)

    @precondition(lambda self: self.both.open_grips())
    @rule(holder=st.sampled_from(list(HOLDERS)), started=st.lists(PLACES, max_size=2), slots=st.integers(1, 2))
    def lose(self, holder: str, started: list[int], slots: int) -> None:
        """I6, L3."""
        fences = frozenset(self._grip(place).fence for place in started if self.both.grips)
        self.both.lose(holder, fences, slots)

    @precondition(lambda self: self.both.given)
    @rule(places=st.lists(PLACES, min_size=1, max_size=3))
    def cancel(self, places: list[int]) -> None:
        """I10."""
        self.both.cancel([self._key(place) for place in places])

    @rule(queue=QUEUES)
    def cancel_a_queue(self, queue: str) -> None:
        """I10."""
        self.both.cancel_queue(queue)

    @precondition(lambda self: self.both.given)
    @rule(places=st.lists(PLACES, min_size=1, max_size=2))
    def retry(self, places: list[int]) -> None:
        """I4, I6."""
        self.both.retry(list(dict.fromkeys(self._key(place) for place in places)))

    @precondition(lambda self: self.both.ended())
    @rule()
    def retry_all_that_has_ended(self) -> None:
        """I4, I6."""
        self.both.retry(self.both.ended())

    @precondition(lambda self: self.both.given)
    @rule(places=st.lists(PLACES, min_size=1, max_size=2))
    def delete(self, places: list[int]) -> None:
        """I3: with the row goes its id."""
        self.both.delete(list(dict.fromkeys(self._key(place) for place in places)))

    @precondition(lambda self: self.both.ended())
    @rule(keep=st.sampled_from([0.0, 1.0, 10.0]))
    def prune(self, keep: float) -> None:
        """I1."""
        self.both.prune(keep)

    @rule(queue=st.sampled_from(["a", "b", "c"]), paused=st.booleans())
    def pause(self, queue: str, *, paused: bool) -> None:
        """I9."""
        (self.both.pause if paused else self.both.resume)(queue)

    @rule(
        holder=st.sampled_from(list(HOLDERS)),
        state=st.sampled_from([None, "READY", "DRAINING", "STARTING"]),
        above=st.sampled_from([0, 0, 3]),
        older=st.integers(1, 3),
    )
    def see_to_workers(self, holder: str, state: str | None, above: int, older: int) -> None:
        """I5, I13: one drains, or is written down anew; and a ventilator takes over, and is not taken over from."""
        if state is None:
            self.both.drain(holder)
        else:
            self.both.write_worker(holder, state)
        self.both.tend()
        self.both.raise_epoch(self.both.epoch + above if above else 0)
        self.both.refused_as_outdated(self.both.epoch - older)

    @rule(seconds=st.sampled_from([0.1, 1.0, 5.0, 40.0]), tended=st.booleans())
    def wait(self, seconds: float, *, tended: bool) -> None:
        """I8, I10, I12: only the record's clock makes anything due, and ends what has expired."""
        self.both.pass_time(seconds)
        if tended:
            self.both.tend()

    @rule(seconds=st.sampled_from([1.0, 20.0]), kinds=st.lists(st.sampled_from(list(KINDS)), max_size=5))
    def put_the_clock_back_for_a_while(self, seconds: float, kinds: list[type[OnResults]]) -> None:
        """I8, I12: what waits again waits for its runAfter as well.

        Put right in the end: the model knows no starts, which nothing ends before, so that the two would come apart.
        """
        self.both.pass_time(4.0)
        self.both.grant("three", 4, 4, None)
        self.both.put_back(seconds)
        self.report_what_is_open(kinds)
        self.both.pass_time(seconds)

    @invariant()
    def agree(self) -> None:
        self.both.check()


def test_the_model_is_the_sql() -> None:
    """I1, I3 to I10, I13, L3."""
    run_state_machine_as_test(
        ModelAndRecord,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
