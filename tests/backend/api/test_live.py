import asyncio
import itertools
import time
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from backend.api import live as live_module
from backend.api.answer import Answer
from backend.api.live import AT_ONCE, EVERY, Busy, Live
from backend.api.request import Condition


class Record:
    """A record with one number in it, and a query that answers it."""

    def __init__(self) -> None:
        self.version = 1
        self.content = b"1"
        self.executed: list[float] = []
        self.status = 200
        self.cost = 0.0
        self.on_execute: Callable[[], None] = lambda: None

    def commit(self, content: bytes) -> None:
        self.version += 1
        self.content = content

    async def execute(self) -> Answer:
        self.executed.append(time.monotonic())
        content = self.content
        self.on_execute()
        await asyncio.sleep(0)
        return Answer(self.status, content, (), self.cost)

    def known(self, wait: float = 10) -> Condition:
        """What a client says that has the present answer."""
        return Condition(frozenset([Answer(200, self.content, ()).etag]), wait)


def _run(scenario: Callable[[Record, Live], Coroutine[Any, Any, None]], limit: int = 100) -> None:
    async def running() -> None:
        record = Record()
        live = Live(lambda: record.version, limit=limit)
        async with asyncio.timeout(10):
            await scenario(record, live)
        assert len(live) == 0, "somebody still waits"
        await live.close()

    asyncio.run(running())


def _wait(live: Live, record: Record, condition: Condition, key: str = "q") -> asyncio.Task[Answer | None]:
    return asyncio.create_task(live.wait(key, record.execute, condition, asyncio.get_running_loop().create_future()))


async def _settled(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110  (what it waits for has no event, and the scenario has a deadline)
        await asyncio.sleep(0.005)


def test_whoever_knows_an_old_answer_gets_the_present_one_at_once():
    async def scenario(record: Record, live: Live) -> None:
        answer = await _wait(live, record, Condition(frozenset(['"old"']), 10))

        assert answer is not None
        assert answer.body == b"1"

    _run(scenario)


def test_a_commit_of_another_process_answers_everybody_who_waits_with_one_execution():
    async def scenario(record: Record, live: Live) -> None:
        waiting = [_wait(live, record, record.known()) for _ in range(20)]
        await _settled(lambda: len(record.executed) == 1)

        record.commit(b"2")
        answers = await asyncio.gather(*waiting)

        assert {answer.body for answer in answers if answer} == {b"2"}
        assert len(record.executed) == 2

    _run(scenario)


@pytest.mark.parametrize("queries", [1, 10])
def test_while_a_crowd_is_told_others_have_their_turn(queries: int):
    async def scenario(record: Record, live: Live) -> None:
        waiting = [_wait(live, record, record.known(), f"q{number % queries}") for number in range(40 * AT_ONCE)]
        await _settled(lambda: len(record.executed) == queries)
        told_at_turns = []

        async def other() -> None:
            while not all(one.done() for one in waiting):
                told_at_turns.append(sum(one.done() for one in waiting))
                await asyncio.sleep(0)

        record.commit(b"2")
        await other()

        between = [later - earlier for earlier, later in itertools.pairwise(told_at_turns)]
        assert 0 < max(between) <= AT_ONCE

    _run(scenario, limit=1000)


def test_a_commit_that_leaves_the_answer_as_it_is_wakes_nobody():
    async def scenario(record: Record, live: Live) -> None:
        known = record.known(wait=0.5)
        waiting = _wait(live, record, known)
        await _settled(lambda: len(record.executed) == 1)

        record.commit(record.content)
        await _settled(lambda: len(record.executed) == 2)

        answer = await waiting
        assert answer is not None
        assert answer.etag in known.tags

    _run(scenario)


def test_nothing_is_executed_while_nothing_is_committed_and_the_time_is_kept():
    async def scenario(record: Record, live: Live) -> None:
        began = time.monotonic()
        known = record.known(wait=0.5)

        answer = await _wait(live, record, known)

        assert answer is not None
        assert answer.etag in known.tags

        assert 0.5 <= time.monotonic() - began < 1.0
        assert len(record.executed) == 1

    _run(scenario)


def test_a_commit_of_this_process_is_seen_before_the_next_look(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("backend.api.live.LOOK_EVERY", 60.0)

    async def scenario(record: Record, live: Live) -> None:
        waiting = _wait(live, record, record.known())
        await _settled(lambda: len(record.executed) == 1)

        record.commit(b"2")
        live.changed()

        answer = await waiting
        assert answer is not None
        assert answer.body == b"2"

    _run(scenario)


def test_a_commit_at_the_last_moment_is_still_told(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("backend.api.live.LOOK_EVERY", 60.0)

    async def scenario(record: Record, live: Live) -> None:
        waiting = _wait(live, record, record.known(wait=0.3))
        await _settled(lambda: len(record.executed) == 1)

        record.commit(b"2")

        answer = await waiting
        assert answer is not None
        assert answer.body == b"2"

    _run(scenario)


def test_a_commit_at_the_last_moment_that_changes_nothing_keeps_nobody(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("backend.api.live.LOOK_EVERY", 60.0)

    async def scenario(record: Record, live: Live) -> None:
        began = time.monotonic()
        known = record.known(wait=0.3)
        waiting = _wait(live, record, known)
        await _settled(lambda: len(record.executed) == 1)

        record.commit(record.content)

        answer = await waiting
        assert answer is not None
        assert answer.etag in known.tags
        assert time.monotonic() - began < 1.0
        assert len(record.executed) == 2

    _run(scenario)


def test_a_commit_while_the_query_is_executed_is_not_missed():
    async def scenario(record: Record, live: Live) -> None:
        def commit_once() -> None:
            record.on_execute = lambda: None
            record.commit(b"2")

        record.on_execute = commit_once

        answer = await _wait(live, record, record.known())

        assert answer is not None
        assert answer.body == b"2"

    _run(scenario)


def test_a_query_is_executed_at_most_so_often_however_fast_its_clients_come_back():
    async def scenario(record: Record, live: Live) -> None:
        until = time.monotonic() + 8 * EVERY
        number = 1
        while time.monotonic() < until:
            waiting = _wait(live, record, record.known())
            number += 1
            record.commit(str(number).encode())
            await waiting

        apart = [after - before for before, after in zip(record.executed, record.executed[1:], strict=False)]
        assert len(apart) > 3
        assert min(apart) > 0.9 * EVERY

    _run(scenario)


def test_one_query_takes_no_more_than_its_own_part_of_a_core():
    """Twenty times what it costs lies between two, but for one that may come early after a rest."""

    async def scenario(record: Record, live: Live) -> None:
        record.cost = 0.02
        await _be_told(live, record, 4)

        first, early, *others = record.executed
        assert 0.9 * EVERY < early - first < 2 * EVERY
        assert [at - first > 0.95 * number * 20 * record.cost for number, at in enumerate(others, 1)] == [True, True]

    _run(scenario)


def test_who_goes_away_and_comes_back_finds_the_query_as_dear_as_it_was():
    async def scenario(record: Record, live: Live) -> None:
        record.cost = 0.05
        await _be_told(live, record, 2)

        # Long enough for a query that nobody waits for to be forgotten.
        await _settled(lambda: not live._watches)

        assert time.monotonic() - record.executed[0] > 0.95 * 2 * 20 * record.cost

    _run(scenario)


async def _be_told(live: Live, record: Record, times: int) -> None:
    """Commit, and wait for the answer, so many times, as fast as that goes."""
    known = record.known()
    for number in range(2, 2 + times):
        record.commit(str(number).encode())
        told = await _wait(live, record, known)
        assert told is not None
        known = record.known()


def test_distinct_queries_share_a_part_of_a_core():
    async def scenario(record: Record, live: Live) -> None:
        record.cost = 0.05
        began = time.monotonic()

        await asyncio.gather(*(_wait(live, record, Condition(frozenset(), 10), key=str(number)) for number in range(4)))

        assert time.monotonic() - began > 3 * 0.05 * 3

    _run(scenario)


def test_answers_without_room_are_told_and_executed_for_who_comes_later(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(live_module, "KEPT_AT_MOST", 2)

    async def scenario(record: Record, live: Live) -> None:
        waiting = [_wait(live, record, record.known(), f"q{number}") for number in range(3)]
        await _settled(lambda: len(record.executed) == 3)
        fresh = Condition(frozenset(), 10)

        for number in range(3):
            answer = await _wait(live, record, fresh, f"q{number}")
            assert answer is not None
            assert answer.body == b"1"
        assert len(record.executed) == 4, "the third had no room"
        assert await _wait(live, record, record.known(wait=0.1), "q2") is None, "it knows the only one there is"

        record.commit(b"22")
        told = await asyncio.gather(*waiting)
        assert [answer.body for answer in told if answer] == [b"22"] * 3

    _run(scenario)


def test_the_room_of_an_answer_that_is_kept_no_more_is_another_s(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(live_module, "KEPT_AT_MOST", 1)

    async def scenario(record: Record, live: Live) -> None:
        await _wait(live, record, record.known(wait=0.05), "first")
        await _settled(lambda: len(asyncio.all_tasks()) == 1)
        waiting = _wait(live, record, record.known(wait=0.2), "second")
        await _settled(lambda: len(record.executed) == 2)

        await _wait(live, record, Condition(frozenset(), 10), "second")

        assert len(record.executed) == 2
        await waiting

    _run(scenario)


def test_a_client_that_hangs_up_is_forgotten_at_once():
    async def scenario(record: Record, live: Live) -> None:
        gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiting = asyncio.create_task(live.wait("q", record.execute, record.known(), gone))
        await _settled(lambda: len(record.executed) == 1)

        gone.set_result(None)

        assert await waiting is None

    _run(scenario)


def test_more_than_may_wait_are_refused():
    async def scenario(record: Record, live: Live) -> None:
        first = _wait(live, record, record.known(wait=0.3))
        await _settled(lambda: len(live) == 1)

        with pytest.raises(Busy):
            await _wait(live, record, record.known())

        await first

    _run(scenario, limit=1)


def test_a_fault_is_told_at_once():
    async def scenario(record: Record, live: Live) -> None:
        record.status = 503

        answer = await _wait(live, record, record.known())

        assert answer is not None
        assert answer.status == 503

    _run(scenario)


def test_closing_lets_nobody_wait_any_longer():
    async def scenario(record: Record, live: Live) -> None:
        waiting = [_wait(live, record, record.known(), key=str(number)) for number in range(3)]
        await _settled(lambda: len(record.executed) == 3)

        await live.close()

        found: list[Any] = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(one) for one in found] == [Busy] * 3
        with pytest.raises(Busy):
            await _wait(live, record, record.known())

    _run(scenario)


def test_nobody_waiting_leaves_nothing_running():
    async def scenario(record: Record, live: Live) -> None:
        await _wait(live, record, Condition(frozenset(), 10))

        await _settled(lambda: len(asyncio.all_tasks()) == 1)

    _run(scenario)
