"""The variables of a long body stay bytes until their turn, and all that is told of them is what was told before."""

import asyncio
import gc
import json
import re
import weakref
from collections.abc import Callable
from typing import Any

import pytest
from graphql import build_schema

from backend.api import http
from backend.api.answer import Answer, Media
from backend.api.documents import prepare
from backend.api.execution import LARGE, Call, Executor, execute
from backend.api.request import from_body, head_of
from backend.api.threads import Full, Readers, Writer
from backend.tasks.refusals import NotFound
from tests.support.asgi import Response, ask
from tests.support.endpoint import Endpoint, posted, with_endpoint

ECHO = "query a($text: String!) { echo(text: $text) } query b { number }"


def body(variables: str, **more: str) -> bytes:
    return b'{"query":%s,"variables":%s,"operationName":"a"}' % (json.dumps(ECHO).encode(), variables.encode())


@pytest.fixture
def late(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every body is a long one."""
    monkeypatch.setattr(http, "DECODED_AT_ONCE", 0)


BODIES = [
    body('{"text": "x"}'),
    body("{}"),
    body('{"text": 3}'),
    body("[]"),
    body("null"),
    body('{"text": nope}'),
    body('{"text": "\\ud800"}'),
    body('{"text": "x"'),
    body('{"text": "x"}')[:-1],
    body('{"text": 1e999}'),
    body('{"text": ' + "[" * 300 + "]" * 300 + "}"),
    b'{"variables":{}}',
    b"[]",
    b"",
]


@pytest.mark.parametrize("sent", BODIES)
def test_a_long_body_is_answered_as_a_short_one_is(sent: bytes, monkeypatch: pytest.MonkeyPatch):
    short = posted(sent)
    monkeypatch.setattr(http, "DECODED_AT_ONCE", -1)

    long = posted(sent)

    assert (long.status, told(long)) == (short.status, told(short))


def told(response: Response) -> str:
    """Its body, but for the very place and manner of what is no JSON: what is passed over is told in other words."""
    return re.sub(r"(JSON is malformed: )[^\"]*", r"\1", response.body.decode())


def test_what_a_long_body_asks_for_is_known_without_its_variables():
    sent = body('{"text": "x"}')

    assert head_of(sent).variables is None
    assert (head_of(sent).query, head_of(sent).operationName) == (ECHO, "a")
    assert from_body(sent).variables == {"text": "x"}


def test_the_variables_of_a_long_body_are_not_decoded_before_it_is_executed(late: None):
    async def scenario(endpoint: Endpoint) -> list[Call]:
        await ask(endpoint.app, "POST", headers={"content-type": "application/json"}, chunks=[body('{"text": "x"}')])
        return endpoint.executor.calls

    (call,) = with_endpoint(scenario)

    assert (call.variables, call.body) == ({}, body('{"text": "x"}'))


SCHEMA = build_schema("type Query { number: Int } type Mutation { change: Int }")


class Counting(Writer):
    """Says how many pieces were with it at once, and lets each go when the gate is open."""

    def __init__(self) -> None:
        self.now = self.most = self.begun = 0
        self.gate = asyncio.Event()

    async def run[T](self, work: Callable[[], T], weight: int = 0, *, service: bool = False) -> T:
        self.now += 1
        self.begun += 1
        self.most = max(self.most, self.now)
        await self.gate.wait()
        self.now -= 1
        raise Full

    def close(self) -> None:
        pass


def a_call(size: int, *, service: bool = False) -> Call:
    document = prepare("mutation { change }", SCHEMA)
    return Call(document, {}, None, Media.JSON, service, size, b" " * size)


@pytest.mark.parametrize(
    ("calls", "at_once"),
    [
        ([a_call(LARGE + 1)] * 4, 1),
        ([a_call(LARGE)] * 4, 4),
        ([a_call(LARGE + 1, service=True)] * 4, 4),
        ([a_call(LARGE + 1)] * 3 + [a_call(9)] * 3, 4),
    ],
    ids=["large", "not so large", "of our own", "small ones pass"],
)
def test_one_large_body_is_decoded_at_a_time(calls: list[Call], at_once: int):
    async def scenario() -> tuple[int, int]:
        writer = Counting()
        executor = Executor(SCHEMA, Readers(threads=0), writer, writer)
        asked = [asyncio.ensure_future(executor.execute(call)) for call in calls]
        # Whatever can begin without an end of another has begun after a few rounds of the loop.
        for _ in range(10):
            await asyncio.sleep(0)
        writer.gate.set()
        await asyncio.gather(*asked)
        return writer.most, writer.begun

    assert asyncio.run(scenario()) == (at_once, len(calls))


def test_a_large_body_does_not_wait_for_ever():
    async def scenario() -> list[Answer]:
        writer = Counting()
        executor = Executor(SCHEMA, Readers(threads=0), writer, writer, patience=0.05)
        first = asyncio.ensure_future(executor.execute(a_call(LARGE + 1)))
        await asyncio.sleep(0)
        second = await executor.execute(a_call(LARGE + 1))
        writer.gate.set()
        await first
        return [second, await executor.execute(a_call(LARGE + 1))]

    turned_away, later = asyncio.run(scenario())

    assert turned_away.status == 503
    assert later.status == 503
    assert b"Too many requests wait already" in turned_away.body


def test_variables_of_what_is_refused_do_not_outlive_their_answer():
    """Without a collection: what an error has come through would keep them until the next one."""

    class Kept:
        pass

    gone: list[weakref.ref[Kept]] = []

    def refuse(*_: Any) -> None:
        kept = Kept()
        gone.append(weakref.ref(kept))
        error = NotFound("task", "absent")
        # As it is told where in a list it stands.
        raise error from error

    schema = build_schema("type Query { number: Int }")
    assert schema.query_type is not None
    schema.query_type.fields["number"].resolve = refuse
    gc.disable()
    try:
        answer = execute(schema, Call(prepare("{ number }", schema), {}, None, Media.JSON))
    finally:
        gc.enable()

    assert b"NOT_FOUND" in answer.body
    assert gone[0]() is None
