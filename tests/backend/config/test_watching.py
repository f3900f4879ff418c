import asyncio
import json
import threading

import pytest
from django.db import OperationalError, connections

from backend.config import page, watching
from backend.config.watching import Watching
from backend.watch import health
from backend.watch.health import Check, Readiness, Status
from backend.watch.heard import ENOUGH, Heard
from tests.support.asgi import Response, ask
from wire.home import Home


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


def answer(application: Watching, method: str = "GET", path: str = "/readyz", **headers: str) -> Response:
    async def receive_nothing(scope, receive, send):
        await application(scope, send)

    response = asyncio.run(ask(receive_nothing, method, path, headers=headers))
    assert response is not None
    return response


async def here(work):
    return work()


def found(monkeypatch, *checks: Check) -> None:
    monkeypatch.setattr(health, "readiness", lambda *_, **__: Readiness(checks))


def test_alive_needs_nothing(home):
    response = answer(Watching(home, home.database), path="/healthz")

    assert (response.status, response.json) == (200, {"status": "ok"})
    assert response.headers["cache-control"] == "no-store"


def test_before_the_start_is_complete_it_is_not_ready(home):
    response = answer(Watching(home, home.database))

    assert (response.status, response.json["missing"]) == (503, ["backend"])


def test_ready_is_200_with_a_named_check_each(home, monkeypatch):
    found(monkeypatch, Check("record", Status.OK, "It answers."), Check("workers", Status.WARNING, "None."))
    application = Watching(home, home.database)
    application.begin(here, [])

    response = answer(application)

    assert response.status == 200
    assert response.json == {
        "status": "warning",
        "missing": [],
        "checks": {
            "record": {"status": "ok", "says": "It answers."},
            "workers": {"status": "warning", "says": "None."},
        },
    }
    assert (response.headers["content-type"], response.headers["cache-control"]) == ("application/json", "no-store")


def test_what_is_missing_makes_it_503_and_is_named(home, monkeypatch):
    found(monkeypatch, Check("record", Status.OK, ""), Check("sink", Status.MISSING, ""))
    application = Watching(home, home.database)
    application.begin(here, [])

    response = answer(application)

    assert (response.status, response.json["missing"]) == (503, ["sink"])
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("files", "built"), [({}, False), ({"graphiql.html": None}, False), ({"index.html": None}, True)]
)
def test_the_page_is_built_when_it_is_there(home, monkeypatch, files, built):
    monkeypatch.setattr(page, "files", lambda: files)
    monkeypatch.setattr(
        health, "readiness", lambda *_, page_built, mirrored: Readiness([Check("page", Status.OK, str(page_built))])
    )
    application = Watching(home, home.database)
    application.begin(here, [])

    assert answer(application).json["checks"]["page"]["says"] == str(built)


def test_a_record_that_does_not_come_back_is_given_up(home, monkeypatch):
    monkeypatch.setattr(watching, "WITHIN", 0.01)
    application = Watching(home, home.database)

    async def never(work):
        await asyncio.Event().wait()

    application.begin(never, [])

    response = answer(application)

    assert (response.status, response.json["missing"]) == (503, ["record"])


def test_looking_is_done_where_the_database_is_read(home, monkeypatch):
    threads = []

    def readiness(*_, page_built, mirrored):
        threads.append(threading.current_thread())
        return Readiness([])

    monkeypatch.setattr(health, "readiness", readiness)
    application = Watching(home, home.database)

    application.begin(elsewhere, [])
    answer(application)

    assert threads
    assert threads[0] is not threading.main_thread()


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_head_has_the_headers_and_no_body(home, path):
    full, head = answer(Watching(home, home.database), path=path), answer(Watching(home, home.database), "HEAD", path)

    assert (head.status, head.body) == (full.status, b"")
    assert head.headers["content-length"] == str(len(full.body))


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_nothing_else_is_answered(home, path):
    response = answer(Watching(home, home.database), "DELETE", path)

    assert (response.status, response.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    assert answer(Watching(home, home.database), "OPTIONS", path).status == 204


def test_another_origin_is_answered_as_everywhere(home, settings):
    settings.CORS_ALLOWED_ORIGINS = ["https://board.example"]

    response = answer(Watching(home, home.database), path="/healthz", origin="https://board.example")

    assert response.headers["access-control-allow-origin"] == "https://board.example"
    assert json.loads(response.body) == {"status": "ok"}


def test_before_the_start_is_complete_there_are_no_metrics(home):
    assert answer(Watching(home, home.database), path="/metrics").status == 503


async def elsewhere(work):
    """In another thread, as the readers do."""

    def working():
        try:
            return work()
        finally:
            connections.close_all()

    return await asyncio.to_thread(working)


@pytest.mark.django_db(transaction=True)
def test_the_metrics_say_how_many_wait(home):
    application = Watching(home, home.database)
    application.begin(elsewhere, [1, 2, 3])

    response = answer(application, path="/metrics")

    assert response.status == 200
    assert b"\nzonda_live_waiters 3.0\n" in response.body
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("accept", ["application/openmetrics-text; version=9\tx", "text/plain; version=?;;", ",;"])
@pytest.mark.django_db(transaction=True)
def test_whatever_is_accepted_something_is_answered(home, accept):
    application = Watching(home, home.database)
    application.begin(elsewhere, [])

    assert answer(application, path="/metrics", accept=accept).status == 200


def test_metrics_that_cannot_be_read_are_none(home):
    application = Watching(home, home.database)

    async def fails(work):
        raise OperationalError("/secret/path")

    application.begin(fails, [])

    response = answer(application, path="/metrics")

    assert response.status == 503
    assert b"secret" not in response.body


def test_reports_are_looked_up_though_nobody_scrapes(home, monkeypatch):
    heard = Heard(dict)
    application = Watching(home, home.database, heard)
    looked = []
    monkeypatch.setattr(Heard, "waiting", ENOUGH)
    monkeypatch.setattr(heard, "look_up", lambda: looked.append(1))

    async def scenario():
        application.begin(here, [])
        application.committed()
        application.committed()
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    asyncio.run(scenario())

    assert looked == [1]
