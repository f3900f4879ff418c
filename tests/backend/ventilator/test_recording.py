"""The thread for the record: in order, until it is done, and honest about what it does not know."""

import queue
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import OperationalError

from backend.tasks import store
from backend.tasks.grants import Candidate, Closing, Granted, Known, Lost, Wishes
from backend.tasks.lifecycle import Cause
from backend.ventilator import recording
from backend.ventilator.choosing import Room
from backend.ventilator.effects import Close, Fill, Lose, RaiseEpoch, ReadRecord, Tend, WriteWorkers
from backend.ventilator.events import EpochRaised, Filled, FillFailed, RecordRead, Tended
from backend.ventilator.pruning import Pruning
from backend.ventilator.recording import Began, GaveUp, Recording, Told
from tests.backend.ventilator.steps import NOBODY, granted, offered

WITHIN = 5.0


class FakeStore:
    """Stands for the record: says what was asked of it, and fails when a test wants it to."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.errors: dict[str, list[Exception]] = {}
        self.epoch = 6
        self.candidates: list[Candidate] = []
        self.more = False

    def note(self, name: str, *what: Any) -> None:
        self.asked.append((name, *what))
        errors = self.errors.get(name)
        if errors:
            raise errors.pop(0)

    def raise_epoch(self, above: int, *, mine: int | None = None) -> int:
        self.note("raise", above, mine)
        self.epoch = max(self.epoch, above) + 1
        return self.epoch

    def known(self) -> Known:
        self.note("known")
        return NOBODY

    def relax(self) -> None:
        self.note("relax")

    def grant(self, epoch: int, *, queues: frozenset[str] | None, limit: int, choose: Callable[..., Any]) -> Any:
        choices = choose(offered(self.candidates))
        self.note("grant", epoch, queues, limit, [(choice.seq, choice.fence) for choice in choices])
        return Granted((granted(choices[0].fence),) if choices else (), 2.5, more=self.more)

    def tend(self, epoch: int) -> Wishes:
        self.note("tend", epoch)
        return Wishes(drain=frozenset(["one"]))

    def next_due_in(self) -> float | None:
        return 0.5

    def close(self, epoch: int, closings: list[Closing]) -> None:
        self.note("close", epoch, *closings)

    def lose(self, epoch: int, incarnation: str, *, started: frozenset[int], slots: int) -> Lost:
        self.note("lose", epoch, incarnation, started, slots)
        return Lost(1, 2, 0)

    def write_workers(self, epoch: int, rows: Any) -> None:
        self.note("write", epoch, rows)


class Telling:
    """What the thread told, as it comes."""

    def __init__(self) -> None:
        self._told: queue.SimpleQueue[Told] = queue.SimpleQueue()

    def __call__(self, told: Told) -> None:
        self._told.put(told)

    def next(self) -> Told:
        return self._told.get(timeout=WITHIN)


@pytest.fixture
def record(monkeypatch: pytest.MonkeyPatch) -> FakeStore:
    fake = FakeStore()
    for name in ("raise_epoch", "known", "relax", "grant", "close", "lose", "write_workers", "tend", "next_due_in"):
        monkeypatch.setattr(store, name, getattr(fake, name))
    monkeypatch.setattr(recording, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(recording, "TRIES", 4)
    return fake


@pytest.fixture
def told() -> Telling:
    return Telling()


@pytest.fixture
def thread(record: FakeStore, told: Telling) -> Iterator[Recording]:
    thread = Recording(told)
    thread.start()
    yield thread
    thread.stop()


ROOM = Room("W1", "one", None, 2, 0, 0.0, 10, 0)


def a_fill(limit: int = 2) -> Fill:
    return Fill((ROOM,), {}, None, limit, 1000)


def test_it_begins_with_an_epoch_and_then_reads_what_the_record_knows(
    thread: Recording, told: Telling, record: FakeStore
):
    assert told.next() == Began(7, NOBODY)
    assert [asked[0] for asked in record.asked] == ["raise", "known", "relax"]


def test_everything_is_asked_in_order_under_the_epoch(thread: Recording, told: Telling, record: FakeStore):
    told.next()
    closing = Closing(5, "one", "t5", Cause.UNSENT)
    for effect in (Close((closing,)), Lose(None, "one", frozenset({5}), 2), WriteWorkers(()), ReadRecord()):
        thread.ask(effect)

    assert told.next() == RecordRead(NOBODY)
    assert record.asked[3:] == [
        ("close", 7, Closing(5, "one", "t5", Cause.UNSENT)),
        ("lose", 7, "one", frozenset({5}), 2),
        ("write", 7, ()),
        ("known",),
    ]


def test_a_fill_chooses_among_the_candidates_of_the_record(thread: Recording, told: Telling, record: FakeStore):
    told.next()
    record.candidates = [Candidate(seq, f"t{seq}", "app.add", "default", 0) for seq in (1, 2)]

    thread.ask(a_fill())

    assert told.next() == Filled((granted(1000),), more=False, next_due_in=2.5)
    assert record.asked[-1] == ("grant", 7, None, 2, [(1, 1000), (2, 1001)])


def test_tending_tells_what_is_wanted_and_when_something_comes_due(thread: Recording, told: Telling, record: FakeStore):
    told.next()

    thread.ask(Tend())

    assert told.next() == Tended(Wishes(drain=frozenset(["one"])), 0.5)


def test_a_record_that_cannot_be_tended_wants_nothing_else(thread: Recording, told: Telling, record: FakeStore):
    told.next()
    record.errors["tend"] = [OperationalError("database is locked")]

    thread.ask(Tend())

    assert told.next() == Tended(None)


def test_more_is_left_when_the_record_says_so(thread: Recording, told: Telling, record: FakeStore):
    told.next()
    record.more = True

    thread.ask(a_fill())

    filled = told.next()
    assert isinstance(filled, Filled)
    assert filled.more


def test_a_fill_without_an_answer_is_not_tried_again(thread: Recording, told: Telling, record: FakeStore):
    told.next()
    record.errors["grant"] = [OperationalError("disk I/O error")]

    thread.ask(a_fill())
    thread.ask(ReadRecord())

    assert told.next() == FillFailed()
    assert told.next() == RecordRead(NOBODY)
    assert [asked[0] for asked in record.asked].count("grant") == 1


def test_everything_else_is_asked_again_until_it_is_answered(thread: Recording, told: Telling, record: FakeStore):
    told.next()
    record.errors["close"] = [OperationalError("locked"), OperationalError("locked")]

    thread.ask(Close(()))
    thread.ask(ReadRecord())

    assert told.next() == RecordRead(NOBODY)
    assert [asked[0] for asked in record.asked].count("close") == 3


def test_a_new_connection_is_as_relaxed_as_the_first(thread: Recording, told: Telling, record: FakeStore):
    told.next()
    record.errors["close"] = [OperationalError("locked")]
    record.errors["relax"] = [OperationalError("locked")]

    thread.ask(Close(()))
    thread.ask(ReadRecord())

    told.next()
    assert [asked[0] for asked in record.asked][2:] == ["relax", "close", "relax", "close", "known"]


def test_an_epoch_is_raised_durably_however_relaxed_the_rest_is(
    thread: Recording, told: Telling, record: FakeStore, monkeypatch: pytest.MonkeyPatch
):
    told.next()
    connection = SimpleNamespace(close=lambda: record.note("disconnect"))
    monkeypatch.setattr("backend.ventilator.recording.connection", connection)

    thread.ask(RaiseEpoch(40))

    assert told.next() == EpochRaised(41)
    assert record.asked[3:] == [("disconnect",), ("raise", 40, 7), ("relax",)]


def test_a_ventilator_that_was_succeeded_raises_no_epoch_but_ends(thread: Recording, told: Telling, record: FakeStore):
    told.next()
    record.errors["raise"] = [store.NewerEpoch(7, 9)]

    thread.ask(RaiseEpoch(40))

    assert isinstance(told.next(), GaveUp)


@pytest.mark.parametrize("effect", [a_fill(), Close(())])
def test_a_newer_epoch_ends_it(thread: Recording, told: Telling, record: FakeStore, effect: Fill | Close):
    told.next()
    record.errors = {"grant": [store.NewerEpoch(7, 9)], "close": [store.NewerEpoch(7, 9)]}

    thread.ask(effect)

    gave_up = told.next()
    assert isinstance(gave_up, GaveUp)
    assert "another one has taken over" in gave_up.why


def test_a_record_that_is_away_is_waited_for_however_long_that_takes(
    thread: Recording, told: Telling, record: FakeStore, caplog: pytest.LogCaptureFixture
):
    told.next()
    record.errors["write"] = [OperationalError("disk full")] * 9

    thread.ask(WriteWorkers(()))
    thread.ask(ReadRecord())

    assert told.next() == RecordRead(NOBODY)
    assert [asked[0] for asked in record.asked].count("write") == 10
    # Told once, whatever the number of tries.
    assert [one.message for one in caplog.records if one.name == "ventilator" and one.levelname == "WARNING"] == [
        "record.away"
    ]


def test_a_fault_that_nobody_foresaw_ends_the_ventilator_and_not_only_its_thread(record: FakeStore, told: Telling):
    def fail() -> None:
        raise ValueError("no such lock")

    thread = Recording(told, show_life=fail)
    thread.start()
    told.next()

    thread.ask_for_life()

    gave_up = told.next()
    thread.stop()
    assert isinstance(gave_up, GaveUp)
    assert "no such lock" in gave_up.why


def test_signs_of_life_that_nobody_can_give_do_not_pile_up(record: FakeStore, told: Telling):
    given: list[int] = []
    thread = Recording(told, show_life=lambda: given.append(1))
    for _ in range(1000):
        thread.ask_for_life()

    thread.start()
    told.next()
    thread.ask(ReadRecord())
    told.next()
    thread.stop()

    assert len(given) == 1


def test_it_gives_up_on_a_record_that_fails_otherwise(thread: Recording, told: Telling, record: FakeStore):
    told.next()
    record.errors["write"] = [ValueError("disk full")] * 9

    thread.ask(WriteWorkers(()))

    gave_up = told.next()
    assert isinstance(gave_up, GaveUp)
    assert "disk full" in gave_up.why


def test_it_can_be_stopped_while_it_waits_for_a_record_that_does_not_answer(
    record: FakeStore, told: Telling, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(recording, "FIRST_PAUSE", 3600.0)
    record.errors["raise"] = [OperationalError("locked")]
    thread = Recording(told)
    thread.start()

    thread.stop()

    assert [asked[0] for asked in record.asked] in (["raise"], [])


def test_nothing_is_begun_once_it_is_told_to_stop(record: FakeStore, told: Telling):
    thread = Recording(told)
    thread.start()
    told.next()
    thread.stop()

    thread.ask(Close(()))

    assert "close" not in [asked[0] for asked in record.asked]


def test_old_tasks_are_taken_off_while_nothing_else_is_asked(record: FakeStore, told: Telling):
    steps: queue.SimpleQueue[int] = queue.SimpleQueue()

    class Eager(Pruning):
        def __init__(self) -> None:
            super().__init__(None)
            self.due = 0.0
            self.errors: list[Exception] = [OperationalError("disk I/O error"), store.NewerEpoch(7, 8)]

        def step(self, epoch: int) -> None:
            steps.put(epoch)
            raise self.errors.pop(0)

    thread = Recording(told, pruning=Eager())
    thread.start()

    assert told.next() == Began(7, NOBODY)
    assert [steps.get(timeout=WITHIN) for _ in range(2)] == [7, 7]
    assert isinstance(told.next(), GaveUp)
    thread.stop()
