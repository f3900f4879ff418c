import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from backend.config.application import FORM_AT_MOST, Application
from backend.environment import environment
from backend.tasks import models
from tests.support.asgi import HOST, Response, ask, get, post
from tests.support.elsewhere import create_elsewhere

pytestmark = pytest.mark.django_db(transaction=True)

CREATE = 'mutation($args: JSON) { createTask(name: "add", args: $args) { id status } }'
LIST = "{ tasks { nodes { id } } }"


@asynccontextmanager
async def _started() -> AsyncIterator[Application]:
    """An application between its startup and its shutdown."""
    application = Application(replace(environment, database=Path(connection.settings_dict["NAME"])))
    events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    done: asyncio.Queue[Mapping[str, Any]] = asyncio.Queue()
    lifespan = asyncio.create_task(application({"type": "lifespan"}, events.get, done.put))
    await events.put({"type": "lifespan.startup"})
    assert (await done.get())["type"] == "lifespan.startup.complete"
    try:
        yield application
    finally:
        await events.put({"type": "lifespan.shutdown"})
        assert (await done.get())["type"] == "lifespan.shutdown.complete"
        await lifespan


def _with[T](scenario: Callable[[Application], Coroutine[Any, Any, T]]) -> T:
    async def running() -> T:
        async with asyncio.timeout(20), _started() as application:
            return await scenario(application)

    return asyncio.run(running())


def test_what_was_created_is_committed_and_found():
    async def scenario(application: Application) -> tuple[Response, Response]:
        created = await post(application, CREATE, args=[1, 2])
        return created, await get(application, query=LIST)

    created, found = _with(scenario)

    task = models.Task.objects.get()
    assert created.json == {"data": {"createTask": {"id": task.key, "status": "QUEUEING"}}}
    assert found.json == {"data": {"tasks": {"nodes": [{"id": task.key}]}}}


def test_many_at_once_share_commits_and_each_gets_its_own_answer():
    async def scenario(application: Application) -> list[Response]:
        return await asyncio.gather(
            *(post(application, CREATE, args=[n, n] if n % 10 else ["x"]) for n in range(100)),
        )

    responses = _with(scenario)

    refused = [place for place, response in enumerate(responses) if "errors" in response.json]
    assert refused == list(range(0, 100, 10))
    assert models.Task.objects.count() == 90
    assert sorted(task.args[0] for task in models.Task.objects.all()) == [n for n in range(100) if n % 10]


async def _somebody_waits(application: Application) -> None:
    """Until a query has been executed for a client who knows its answer, and so goes on waiting."""
    live = application._live
    assert live is not None
    async with asyncio.timeout(10):
        while not any(watch.answer for watch in live._watches.values()):  # noqa: ASYNC110  (nothing tells of it)
            await asyncio.sleep(0.005)


def test_a_long_poll_ends_when_another_connection_commits():
    async def scenario(application: Application) -> Response:
        first = await get(application, query=LIST)
        headers = {"if-none-match": first.headers["etag"], "prefer": "wait=15"}
        waiting = asyncio.create_task(get(application, query=LIST, headers=headers))
        await _somebody_waits(application)
        await asyncio.to_thread(create_elsewhere, "elsewhere")
        # Well before the client's own time is over, whose last look would find it too.
        async with asyncio.timeout(5):
            return await waiting

    response = _with(scenario)

    assert response.status == 200
    assert response.json["data"]["tasks"]["nodes"] == [{"id": "elsewhere"}]


def test_a_long_poll_ends_when_the_server_stops():
    async def scenario(application: Application) -> Response:
        first = await get(application, query=LIST)
        headers = {"if-none-match": first.headers["etag"], "prefer": "wait=15"}
        waiting = asyncio.create_task(get(application, query=LIST, headers=headers))
        await _somebody_waits(application)
        await application.stop_waiting()
        return await waiting

    assert _with(scenario).status == 503


@pytest.mark.parametrize(
    "path", ["/graphql", "/graphql/", "/", "/graphiql", "/nothing", "/healthz", "/readyz", "/metrics"]
)
def test_every_address_has_the_rules_and_the_headers(path: str):
    async def scenario(application: Application) -> tuple[Any, ...]:
        foreign = {"host": "evil.example"}
        return (
            await get(application, path, query=LIST),
            await get(application, path, query=LIST, headers=foreign),
            await ask(application, "POST", path, headers={"content-type": "text/plain"}),
            await ask(application, "POST", path, headers={"content-type": "application/json", "origin": "null"}),
        )

    served, *refused = _with(scenario)

    for response in (served, *refused):
        assert response.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in response.headers["content-security-policy"]
        assert "origin" in response.headers["vary"]
    assert [(response.status, response.codes) for response in refused] == [(403, ["FORBIDDEN"])] * 3


def test_graphql_is_the_same_with_a_slash_and_without():
    async def scenario(application: Application) -> set[bytes]:
        return {(await get(application, path, query=LIST)).body for path in ("/graphql", "/graphql/")}

    assert len(_with(scenario)) == 1


def test_before_it_has_started_it_says_so():
    application = Application(environment)

    response = asyncio.run(get(application, query=LIST))

    assert (response.status, response.codes) == (503, ["UNAVAILABLE"])


@pytest.mark.parametrize(
    "headers",
    [{"content-length": str(FORM_AT_MOST + 1)}, {"content-length": "9" * 40}, {"transfer-encoding": "chunked"}],
    ids=["too long", "much too long", "of no known length"],
)
@pytest.mark.parametrize(("method", "path"), [("POST", "/admin/zonda/task/"), ("GET", "/"), ("PUT", "/nothing")])
def test_a_form_that_is_too_large_is_refused_unread(method: str, path: str, headers: dict[str, str]):
    form = {"origin": f"http://{HOST}", "content-type": "application/x-www-form-urlencoded"}

    response = asyncio.run(ask(Application(environment), method, path, headers={**form, **headers}))

    assert response is not None
    assert (response.status, response.codes) == (413, ["TOO_LARGE"])
