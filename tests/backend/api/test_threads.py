import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from django.db import OperationalError, connection
from graphql import build_schema

from backend.api.answer import Media
from backend.api.documents import prepare
from backend.api.execution import Call, Executor
from backend.api.threads import SERVICES_AT_MOST, Full, Readers, Unsaved, Writer
from tests.support.waiting import wait_until


class Log:
    """Transactions that only write down what happens in them. They wait at their start while `gate` is shut."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.gate = threading.Event()
        self.gate.set()
        self.began = threading.Event()
        self.failure: Exception | None = None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self.began.set()
        self.gate.wait(10)
        self.lines.append("begin")
        yield
        if self.failure is not None:
            raise self.failure
        self.lines.append("commit")

    def write(self, line: str) -> Callable[[], str]:
        def work() -> str:
            self.lines.append(line)
            return line

        return work


@contextmanager
def _writer(log: Log, **limits: Any) -> Iterator[Writer]:
    writer = Writer(log.transaction, lambda: log.lines.append("told"), **limits)
    try:
        yield writer
    finally:
        log.gate.set()
        writer.close()


async def _behind_a_first(log: Log, writer: Writer, *works: tuple[Any, ...]) -> list[Any]:
    """Run the works so that all of them wait while a first one is being committed; a third value is `service`."""
    log.gate.clear()
    first = asyncio.ensure_future(writer.run(log.write("first")))
    await asyncio.to_thread(log.began.wait, 10)
    others = [asyncio.ensure_future(writer.run(work, weight, service=any(service))) for work, weight, *service in works]
    await asyncio.sleep(0)
    log.gate.set()
    await first
    return await asyncio.gather(*others, return_exceptions=True)


def test_what_waits_together_is_committed_together_and_answered_afterwards():
    async def scenario() -> list[Any]:
        with _writer(log) as writer:
            return await _behind_a_first(log, writer, (log.write("a"), 0), (log.write("b"), 0))

    log = Log()

    answers = asyncio.run(scenario())

    assert answers == ["a", "b"]
    assert [line for line in log.lines if line != "told"] == ["begin", "first", "commit", "begin", "a", "b", "commit"]
    assert log.lines.index("told") > log.lines.index("commit")


def test_a_heavy_piece_goes_alone_and_holds_no_transaction_while_it_is_read():
    async def scenario() -> None:
        with _writer(log, weight=100) as writer:
            await _behind_a_first(log, writer, (log.write("a"), 1), (log.write("heavy"), 500), (log.write("b"), 1))

    log = Log()

    asyncio.run(scenario())

    assert " ".join(line for line in log.lines if line != "told") == (
        "begin first commit begin a commit heavy begin b commit"
    )


def test_a_piece_that_raises_spoils_no_other():
    def refuse() -> None:
        raise ValueError("refused")

    async def scenario() -> list[Any]:
        with _writer(log) as writer:
            return await _behind_a_first(log, writer, (log.write("a"), 0), (refuse, 0), (log.write("b"), 0))

    log = Log()

    a, refused, b = asyncio.run(scenario())

    assert (a, b) == ("a", "b")
    assert isinstance(refused, ValueError)


def test_a_commit_that_fails_is_success_for_nobody_and_the_next_one_is_tried(caplog: pytest.LogCaptureFixture):
    async def scenario() -> tuple[list[Any], str]:
        with _writer(log) as writer:
            log.gate.clear()
            log.failure = OSError("disk full")
            waiting = [asyncio.ensure_future(writer.run(log.write(name))) for name in "ab"]
            await asyncio.sleep(0)
            log.gate.set()
            failed = await asyncio.gather(*waiting, return_exceptions=True)
            log.failure = None
            return failed, await writer.run(log.write("c"))

    log = Log()

    failed, after = asyncio.run(scenario())

    assert [type(error) for error in failed] == [Unsaved, Unsaved]
    assert after == "c"
    assert "disk full" in caplog.text


def test_a_transaction_that_can_only_be_rolled_back_is_success_for_nobody():
    def break_it() -> None:
        connection.needs_rollback = True

    def mend_it() -> None:
        connection.needs_rollback = False

    async def scenario() -> Any:
        with _writer(log) as writer:
            broken = await asyncio.gather(writer.run(break_it), return_exceptions=True)
            await asyncio.gather(writer.run(mend_it), return_exceptions=True)
            return broken

    log = Log()

    (error,) = asyncio.run(scenario())

    assert isinstance(error, Unsaved)


def test_more_than_may_wait_is_refused():
    async def scenario() -> list[Any]:
        with _writer(log, waiting=1) as writer:
            return await _behind_a_first(log, writer, (log.write("a"), 0), (log.write("b"), 0))

    log = Log()

    a, b = asyncio.run(scenario())

    assert a == "a"
    assert isinstance(b, Full)


def test_what_our_own_services_write_goes_first_in_its_order_and_has_room_in_any_crowd():
    async def scenario() -> list[Any]:
        with _writer(log, waiting=1, batch=1) as writer:
            works = [(log.write("a"), 0), (log.write("b"), 0), (log.write("r1"), 0, True), (log.write("r2"), 0, True)]
            return await _behind_a_first(log, writer, *works)

    log = Log()

    a, b, *reports = asyncio.run(scenario())

    assert (a, reports) == ("a", ["r1", "r2"])
    assert isinstance(b, Full)
    assert [line for line in log.lines if line not in ("begin", "commit", "told")] == ["first", "r1", "r2", "a"]


@pytest.mark.parametrize("service", [True, False])
def test_a_mutation_is_written_for_who_has_sent_it(service: bool):
    class Written(Writer):
        def __init__(self) -> None:
            self.services: list[bool] = []

        async def run[T](self, work: Callable[[], T], weight: int = 0, *, service: bool = False) -> T:
            self.services.append(service)
            raise Full

        def close(self) -> None:
            pass

    schema = build_schema("type Query { number: Int } type Mutation { change: Int }")
    call = Call(prepare("mutation { change }", schema), {}, None, Media.JSON, service)
    writer = Written()
    executor = Executor(schema, Readers(threads=0), writer, writer)

    answer = asyncio.run(executor.execute(call))

    assert (answer.status, writer.services) == (503, [service])


def test_our_own_services_have_a_bound_of_their_own():
    async def scenario() -> list[Any]:
        with _writer(log) as writer:
            works = [(log.write("r"), 0, True)] * (SERVICES_AT_MOST + 1)
            return await _behind_a_first(log, writer, *works, (log.write("a"), 0))

    log = Log()

    *reports, last, other = asyncio.run(scenario())

    assert reports == ["r"] * SERVICES_AT_MOST
    assert isinstance(last, Full)
    assert other == "a"


def test_what_waits_too_long_is_turned_away_and_never_begun():
    async def scenario() -> tuple[Any, str]:
        with _writer(log, patience=0.05) as writer:
            log.gate.clear()
            first = asyncio.ensure_future(writer.run(log.write("first")))
            await asyncio.to_thread(log.began.wait, 10)
            (late,) = await asyncio.gather(writer.run(log.write("late")), return_exceptions=True)
            log.gate.set()
            return late, await first

    log = Log()

    late, first = asyncio.run(scenario())

    assert isinstance(late, Full)
    assert first == "first"
    assert "late" not in log.lines


def test_what_waits_behind_a_record_that_is_away_is_told_so_with_it():
    async def scenario() -> list[Any]:
        with _writer(log) as writer:
            log.gate.clear()
            log.failure = OperationalError("database is locked")
            first = asyncio.ensure_future(writer.run(log.write("first")))
            await asyncio.to_thread(log.began.wait, 10)
            others = [asyncio.ensure_future(writer.run(log.write(name))) for name in "ab"]
            await asyncio.sleep(0)
            log.gate.set()
            return await asyncio.gather(first, *others, return_exceptions=True)

    log = Log()

    found = asyncio.run(scenario())

    assert [type(error) for error in found] == [Unsaved, Unsaved, Unsaved]
    assert [line for line in log.lines if line != "told"] == ["begin", "first"]


def test_a_closed_writer_has_written_what_it_took_and_takes_no_more():
    async def scenario() -> Any:
        writer = Writer(log.transaction, lambda: None)
        taken = asyncio.ensure_future(writer.run(log.write("a")))
        await asyncio.sleep(0)
        await asyncio.to_thread(writer.close)
        late = await asyncio.gather(writer.run(log.write("b")), return_exceptions=True)
        return await taken, late

    log = Log()

    taken, (late,) = asyncio.run(scenario())

    assert taken == "a"
    assert isinstance(late, Full)


def test_readers_run_side_by_side_and_hand_back_what_was_raised():
    meeting = threading.Barrier(2)

    def meet() -> bool:
        return meeting.wait(10) >= 0

    def fail() -> None:
        raise ValueError("no")

    async def scenario() -> list[Any]:
        readers = Readers(2)
        try:
            return await asyncio.gather(*(readers.run(work) for work in (meet, meet, fail)), return_exceptions=True)
        finally:
            readers.close()

    first, second, error = asyncio.run(scenario())

    assert (first, second) == (True, True)
    assert isinstance(error, ValueError)


def test_more_than_may_wait_to_read_is_refused_and_what_waits_is_read():
    shut = threading.Event()

    async def scenario() -> list[Any]:
        readers = Readers(1, waiting=2)
        try:
            first = asyncio.ensure_future(readers.run(lambda: shut.wait(10)))
            await asyncio.to_thread(lambda: wait_until(lambda: readers._pieces.qsize() == 0, 10))
            others = [asyncio.ensure_future(readers.run(partial(abs, number))) for number in range(3)]
            await asyncio.sleep(0)
            shut.set()
            return await asyncio.gather(first, *others, return_exceptions=True)
        finally:
            readers.close()

    first, *read, refused = asyncio.run(scenario())

    assert first is True
    assert read == [0, 1]
    assert isinstance(refused, Full)
