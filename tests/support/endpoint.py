"""The endpoint behind `/graphql` on a schema of three fields, in the event loop and without a database."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from graphql import GraphQLSchema, OperationType, build_schema

from backend.api.access import Access
from backend.api.answer import Answer
from backend.api.execution import Call, execute
from backend.api.http import GraphQLEndpoint
from backend.api.live import Live
from backend.tasks.refusals import NotFound
from tests.support.asgi import Response, ask

MAX_BODY = 1000


class Executor:
    """Executes in the event loop, against a number."""

    def __init__(self) -> None:
        self.number = 1
        self.calls: list[Call] = []
        self.prepared = 0
        self.schema = self._built()

    async def prepare[T](self, work: Callable[[], T]) -> T:
        self.prepared += 1
        return work()

    async def execute(self, call: Call) -> Answer:
        self.calls.append(call)
        if call.operation is OperationType.MUTATION:
            self.number += 1
        return execute(self.schema, call)

    def _built(self) -> GraphQLSchema:
        schema = build_schema(
            "type Query { number: Int  echo(text: String!): String  absent: Int  needed: Int! }"
            "type Mutation { change: Int }"
        )
        assert schema.query_type is not None
        assert schema.mutation_type is not None
        queries, mutations = schema.query_type.fields, schema.mutation_type.fields
        queries["number"].resolve = mutations["change"].resolve = lambda *_: self.number
        queries["echo"].resolve = lambda *_, text: text
        queries["absent"].resolve = queries["needed"].resolve = _refuse
        return schema


def _refuse(*_: Any) -> None:
    raise NotFound("task", "absent")


class Endpoint:
    """An endpoint and what it was put together from."""

    def __init__(self) -> None:
        self.executor = Executor()
        self.live = Live(lambda: self.executor.number)
        access = Access(("127.0.0.1",), (), "s3cret")
        self.app = GraphQLEndpoint(self.executor.schema, self.executor, self.live, access, max_body=MAX_BODY)


def with_endpoint[T](scenario: Callable[[Endpoint], Coroutine[Any, Any, T]]) -> T:
    """What the scenario returns, once its endpoint is closed."""

    async def running() -> T:
        endpoint = Endpoint()
        async with asyncio.timeout(10):
            result = await scenario(endpoint)
        await endpoint.live.close()
        return result

    return asyncio.run(running())


def posted(body: bytes, **headers: str) -> Response:
    """The response to this body."""

    async def scenario(endpoint: Endpoint) -> Response | None:
        sent = {"content-type": "application/json", **headers}
        return await ask(endpoint.app, "POST", headers=sent, chunks=[body])

    response = with_endpoint(scenario)
    assert response is not None
    return response
