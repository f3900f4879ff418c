"""Messages from `TASKS` on their way into the test's record, and what stands in that way."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection

from backend.tasks import asking, store
from backend.tasks import registry as registries
from backend.tasks.models import RejectedMessage, Task
from backend.ventilator import backlog, intake, unwritten
from backend.ventilator.intake import Intake
from backend.ventilator.unwritten import Piece

pytestmark = pytest.mark.django_db(transaction=True)

WITHIN = 10.0


class Source:
    """A receiver whose frames the test puts there."""

    def __init__(self) -> None:
        self._frames: asyncio.Queue[bytes] = asyncio.Queue()

    def send(self, *frames: bytes) -> None:
        for frame in frames:
            self._frames.put_nowait(frame)

    @property
    def left(self) -> int:
        return self._frames.qsize()

    async def frames(self) -> AsyncIterator[bytes]:
        while True:
            yield await self._frames.get()

    def take(self) -> bytes | None:
        return None if self._frames.empty() else self._frames.get_nowait()

    def close(self) -> None:
        return


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tasks.unwritten"


@pytest.fixture(autouse=True)
def record(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    # What can be written is, on however slow a machine.
    monkeypatch.setattr(intake, "FAREWELL", WITHIN)
    yield
    store.engine.close()


def run(path: Path, acting: Callable[[Intake, Source], Awaitable[None]]) -> list[str]:
    """Take in while the act goes on, and stop; what failed."""
    failures: list[str] = []

    async def go() -> None:
        source = Source()
        taking_in = Intake(path, lambda: failures.append("failed"))
        taking_in.start()
        reading = asyncio.create_task(taking_in.read(source))
        try:
            async with asyncio.timeout(WITHIN):
                await acting(taking_in, source)
        finally:
            reading.cancel()
            await asyncio.wait([reading])
            taking_in.drain(source)
            await asyncio.to_thread(taking_in.stop)

    asyncio.run(go())
    return failures


async def eventually(condition: Callable[[], bool]) -> None:
    def called() -> bool:
        try:
            return condition()
        finally:
            connection.close()

    while not await asyncio.to_thread(called):  # noqa: ASYNC110
        await asyncio.sleep(0.01)


def sending(*frames: bytes) -> Callable[[Intake, Source], Awaitable[None]]:
    async def acting(taking_in: Intake, source: Source) -> None:
        source.send(*frames)
        await asyncio.sleep(0)

    return acting


def written(tasks: int, *frames: bytes) -> Callable[[Intake, Source], Awaitable[None]]:
    """Send these, and wait for so many tasks."""

    async def acting(taking_in: Intake, source: Source) -> None:
        source.send(*frames)
        await eventually(lambda: Task.objects.count() == tasks)

    return acting


def an_ask(number: int, key: str | None = "") -> bytes:
    named = b"" if key is None else b'"task-id":"%s",' % (key or f"t-{number}").encode()
    return b'{%s"task":"echo","args":[%d]}' % (named, number)


def keys() -> list[str]:
    return list(Task.objects.order_by("seq").values_list("key", flat=True))


class Away:
    """The record for a while not answering, or refusing some messages. Counts the calls."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.gone = False
        self.refuses: Callable[[Any], bool] = lambda message: False
        self.calls = 0
        self._take_in = store.take_in
        monkeypatch.setattr(store, "take_in", self)
        monkeypatch.setattr(intake, "FIRST_PAUSE", 0.01)
        monkeypatch.setattr(intake, "LONGEST_PAUSE", 0.02)

    def __call__(self, messages: Sequence[Any]) -> list[str | None]:
        self.calls += 1
        if self.gone:
            raise OperationalError("database is locked")
        if any(map(self.refuses, messages)):
            raise ValueError("not that one")
        return self._take_in(messages)


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> Away:
    return Away(monkeypatch)


def test_what_comes_becomes_tasks_in_its_order(path):
    array = b"[" + b",".join(an_ask(number) for number in range(2, 5)) + b"]"

    assert run(path, sending(an_ask(0), an_ask(1), array, an_ask(5))) == []

    assert keys() == [f"t-{number}" for number in range(6)]
    assert not path.exists()


def test_what_is_there_is_written_at_once_and_no_transaction_is_larger_than_it_may_be(path, away, monkeypatch):
    monkeypatch.setattr(intake, "MESSAGES_AT_ONCE", 10)
    array = b"[" + b",".join(an_ask(number) for number in range(95)) + b"]"

    run(path, sending(array))

    assert len(keys()) == 95
    assert away.calls == 10


def test_garbage_among_good_messages_is_kept_with_its_reason(path, caplog):
    run(
        path, sending(b"\xff", an_ask(0), b"[1,%s,{}]" % an_ask(1), b"[" * 100_000, b"x" * (5 * 1024 * 1024), an_ask(2))
    )

    assert keys() == ["t-0", "t-1", "t-2"]
    reasons = list(RejectedMessage.objects.order_by("id").values_list("reason", flat=True))
    assert [reason.split(";")[0][:30] for reason in reasons] == [
        "'utf-8' codec can't decode byt",
        "Expected `object`, got `int`",
        "Object missing required field ",
        "it is nested too deeply",
        "5242880 bytes",
    ]
    assert caplog.messages.count("message.rejected") == 5


def test_a_refused_task_is_told_of_too(path, caplog):
    run(path, sending(b'{"task":"nothing"}'))

    [record] = [record for record in caplog.records if record.message == "message.rejected"]
    assert "There is no task function named 'nothing'" in record.why
    assert Task.objects.get().reason == "REJECTED"


def test_while_the_record_is_away_everything_is_kept_and_reading_stops_when_that_is_much(path, away, monkeypatch):
    monkeypatch.setattr(backlog, "FRAMES_AT_MOST", 20)
    away.gone = True

    async def acting(taking_in: Intake, source: Source) -> None:
        source.send(*map(an_ask, range(1_000)))
        await eventually(lambda: away.calls > 5)
        # What the writer has in hand, 500 at most, and what waits behind it.
        assert source.left > 400
        away.gone = False
        await eventually(lambda: Task.objects.count() == 1_000)

    run(path, acting)

    assert keys() == [f"t-{number}" for number in range(1_000)]
    assert not path.exists()


def test_what_cannot_be_written_before_the_end_is_written_after_the_next_start(path, away):
    away.gone = True
    array = b"[" + b",".join(an_ask(number, None) for number in range(700)) + b"]"

    async def acting(taking_in: Intake, source: Source) -> None:
        source.send(array, an_ask(1_000), b"\xff")
        await eventually(lambda: away.calls > 3)
        source.send(an_ask(1_001))

    run(path, acting)
    assert keys() == []
    assert len(unwritten.kept(path)) == 703

    away.gone = False
    run(path, sending(an_ask(1_002)))

    assert [task.args for task in Task.objects.order_by("seq")] == [[n] for n in [*range(700), 1_000, 1_001, 1_002]]
    assert RejectedMessage.objects.count() == 1
    assert not path.exists()


def test_what_is_left_does_not_grow_with_each_start_while_the_record_is_away(path, away, monkeypatch):
    monkeypatch.setattr(backlog, "FRAMES_AT_MOST", 20)
    monkeypatch.setattr(intake, "MESSAGES_AT_ONCE", 10)
    away.gone = True

    async def acting(taking_in: Intake, source: Source) -> None:
        source.send(*map(an_ask, range(100)))
        calls = away.calls
        await eventually(lambda: away.calls > calls + 2)

    left = []
    for _ in range(4):
        run(path, acting)
        left.append(len(unwritten.kept(path)))

    # Once more what is in hand comes on top: then there is no room for another frame.
    assert left == [left[0], *[left[1]] * 3]
    assert 20 <= left[0] <= left[1] <= 20 + 2 * 10 + 1


def test_a_file_that_cannot_be_written_is_told_of_and_hinders_no_end(tmp_path, away, caplog):
    away.gone = True

    run(tmp_path / "nowhere" / "tasks.unwritten", sending(an_ask(1)))

    assert "intake.lost" in caplog.messages


def test_a_batch_whose_fate_is_unknown_is_no_second_task(path, monkeypatch):
    take_in, fate = store.take_in, iter([OperationalError("disk I/O error")])

    def forgetful(messages: Sequence[Any]) -> list[str | None]:
        found = take_in(messages)
        for error in fate:
            raise error
        return found

    monkeypatch.setattr(store, "take_in", forgetful)
    run(path, sending(an_ask(1, None)))

    assert Task.objects.count() == 1


def test_a_thread_that_does_not_end_leaves_what_it_has_and_writes_no_second_task_later(path, monkeypatch):
    monkeypatch.setattr(intake, "FAREWELL", 0.05)
    take_in, stuck, entered, done = store.take_in, threading.Event(), threading.Event(), threading.Event()

    def slow(messages: Sequence[Any]) -> list[str | None]:
        entered.set()
        stuck.wait(WITHIN)
        try:
            return take_in(messages)
        finally:
            done.set()

    monkeypatch.setattr(store, "take_in", slow)

    async def acting(taking_in: Intake, source: Source) -> None:
        source.send(an_ask(1, None), an_ask(2, None))
        await asyncio.to_thread(entered.wait, WITHIN)

    run(path, acting)
    kept = unwritten.kept(path)
    stuck.set()
    done.wait(WITHIN)
    assert {piece.body for piece in kept} == {an_ask(1, None), an_ask(2, None)}

    monkeypatch.setattr(store, "take_in", take_in)
    run(path, sending())

    assert sorted(task.args for task in Task.objects.all()) == [[1], [2]]


def test_a_message_that_the_record_does_not_take_is_kept_and_hinders_no_other(path, away):
    away.refuses = lambda message: getattr(message, "draft", None) is not None and message.draft.key == "t-13"

    run(path, written(39, b"[" + b",".join(map(an_ask, range(40))) + b"]"))

    assert keys() == [f"t-{number}" for number in range(40) if number != 13]
    kept = RejectedMessage.objects.get()
    assert kept.reason == "the record does not take it: ValueError: not that one"
    assert kept.body == an_ask(13).decode()


def test_a_message_that_it_does_not_even_keep_is_dropped_and_told_of(path, away, caplog):
    away.refuses = lambda message: b"t-1" in message.body.encode()

    run(path, written(1, an_ask(1), an_ask(2)))

    assert keys() == ["t-2"]
    assert "message.dropped" in caplog.messages


def test_a_fault_in_looking_at_a_message_hinders_no_other(path, monkeypatch):
    asked = asking.asked

    def faulty(ask: Any, piece: bytes) -> Any:
        if ask.task_id == "t-1":
            raise ZeroDivisionError
        return asked(ask, piece)

    monkeypatch.setattr(intake, "asked", faulty)
    run(path, sending(*map(an_ask, range(3))))

    assert keys() == ["t-0", "t-2"]
    assert RejectedMessage.objects.get().reason.startswith("it could not be checked")


def test_task_functions_that_cannot_be_imported_are_waited_for(path, away, monkeypatch):
    registry, broken = registries.registry, [ImportError("no"), SyntaxError("no"), ValueError("no")]

    def later() -> Any:
        if broken:
            raise broken.pop()
        return registry()

    monkeypatch.setattr(intake, "registry", later)
    run(path, written(1, an_ask(1)))

    assert keys() == ["t-1"]


def test_a_fault_of_its_own_is_told_to_who_runs_it_and_loses_nothing(path, monkeypatch, caplog):
    def broken(taking_in: Intake, messages: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Intake, "_take_in", broken)

    assert run(path, sending(an_ask(1), an_ask(2))) == ["failed"]

    assert "intake.failed" in caplog.messages
    assert set(unwritten.kept(path)) == {Piece(an_ask(1)), Piece(an_ask(2))}
