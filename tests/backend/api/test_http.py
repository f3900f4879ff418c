import asyncio
import json
from typing import Any

import pytest

from backend.api.access import Access
from backend.api.answer import Answer, Media
from tests.support.asgi import Response, ask, get, post
from tests.support.endpoint import MAX_BODY, Endpoint, posted, with_endpoint


def test_a_query_is_answered_by_post_and_by_get_with_its_variables():
    async def scenario(endpoint: Endpoint) -> None:
        text = "query($t: String!) {echo(text: $t)}"

        posted = await post(endpoint.app, text, t="ä")
        got = await get(endpoint.app, query=text, variables='{"t":"ä"}')

        assert posted.json == got.json == {"data": {"echo": "ä"}}
        assert (posted.status, got.status) == (200, 200)
        assert endpoint.executor.prepared == 1

    with_endpoint(scenario)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_get_changes_nothing(method: str):
    async def scenario(endpoint: Endpoint) -> None:
        refused = await ask(endpoint.app, method, query={"query": "mutation {change}"})

        assert refused is not None
        assert refused.status == 405
        assert "POST" in refused.headers["allow"]
        assert endpoint.executor.calls == []

    with_endpoint(scenario)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE"])
def test_other_methods_are_not_allowed(method: str):
    async def scenario(endpoint: Endpoint) -> Response | None:
        return await ask(endpoint.app, method, headers={"content-type": "application/json"})

    refused = with_endpoint(scenario)

    assert refused is not None
    assert (refused.status, refused.headers["allow"]) == (405, "GET, HEAD, POST, OPTIONS")


def test_broken_json_is_bad_input():
    refused = posted(b'{"query": ')

    assert (refused.status, refused.codes) == (400, ["BAD_INPUT"])


@pytest.mark.parametrize("media", Media)
@pytest.mark.parametrize(
    ("text", "status"), [("{", 400), ("{unknown}", 422), ("query A {number} query B {number}", 422)]
)
def test_a_document_that_is_wrong_says_how(media: str, text: str, status: int):
    refused = posted(json.dumps({"query": text}).encode(), accept=media)

    assert (refused.status, refused.codes) == (status, ["BAD_INPUT"])
    assert "data" not in refused.json


def test_an_operation_the_document_does_not_have_is_bad_input_and_executes_nothing():
    body = json.dumps({"query": "{number}", "operationName": "Gone"}).encode()

    async def scenario(endpoint: Endpoint) -> None:
        headers = {"content-type": "application/json", "accept": "application/graphql-response+json"}
        refused = await ask(endpoint.app, "POST", headers=headers, chunks=[body])

        assert refused is not None
        assert (refused.status, refused.codes) == (422, ["BAD_INPUT"])
        assert "'Gone'" in refused.json["errors"][0]["message"]
        assert endpoint.executor.calls == []

    with_endpoint(scenario)


def test_an_answer_nobody_reads_is_not_made():
    assert posted(b'{"query": "{number}"}', accept="text/html").status == 406


def test_a_body_over_the_limit_is_refused_before_it_is_read():
    async def scenario(endpoint: Endpoint) -> Response | None:
        headers = {"content-type": "application/json", "content-length": str(MAX_BODY + 1)}
        return await ask(endpoint.app, "POST", headers=headers, chunks=[])

    refused = with_endpoint(scenario)

    assert refused is not None
    assert (refused.status, refused.codes) == (413, ["TOO_LARGE"])
    assert refused.json["errors"][0]["extensions"]["limit"] == MAX_BODY


def test_a_body_without_a_length_is_refused_as_soon_as_it_is_too_large():
    async def scenario(endpoint: Endpoint) -> None:
        chunks = [b"{"] + [b" " * 100] * 1000
        refused = await ask(endpoint.app, "POST", headers={"content-type": "application/json"}, chunks=chunks)

        assert refused is not None
        assert refused.json["errors"][0]["extensions"]["size"] == 1001

    with_endpoint(scenario)


def test_a_body_in_pieces_is_put_together():
    async def scenario(endpoint: Endpoint) -> Response | None:
        chunks = [b'{"que', b'ry": "{num', b'ber}"}']
        return await ask(endpoint.app, "POST", headers={"content-type": "application/json"}, chunks=chunks)

    response = with_endpoint(scenario)

    assert response is not None
    assert response.json == {"data": {"number": 1}}


def test_a_client_that_hangs_up_while_it_sends_is_left_alone():
    async def scenario(endpoint: Endpoint) -> Response | None:
        gone = asyncio.Event()
        gone.set()
        return await ask(endpoint.app, "POST", headers={"content-type": "application/json"}, chunks=[], hang_up=gone)

    assert with_endpoint(scenario) is None


def test_a_fault_of_ours_is_masked(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture):
    async def fail(*_: object) -> Answer:
        raise RuntimeError("secret")

    async def scenario(endpoint: Endpoint) -> Response:
        monkeypatch.setattr(endpoint.executor, "execute", fail)
        return await post(endpoint.app, "{number}")

    response = with_endpoint(scenario)

    assert (response.status, response.codes) == (500, ["INTERNAL"])
    assert b"secret" not in response.body
    assert "secret" in caplog.text


def test_failures_are_not_kept():
    async def scenario(endpoint: Endpoint) -> None:
        for _ in range(2):
            await post(endpoint.app, "{unknown}")

        assert endpoint.executor.prepared == 2

    with_endpoint(scenario)


def test_the_service_is_known_by_its_token():
    async def scenario(endpoint: Endpoint) -> None:
        await post(endpoint.app, "{number}", headers={"authorization": "Bearer s3cret"})
        await post(endpoint.app, "{number}", headers={"authorization": "Bearer guess"})

        assert [call.service for call in endpoint.executor.calls] == [True, False]

    with_endpoint(scenario)


def test_a_get_has_a_tag_and_the_same_answer_is_sent_once():
    async def scenario(endpoint: Endpoint) -> None:
        first = await get(endpoint.app, query="{number}")
        again = await get(endpoint.app, query="{number}", headers={"if-none-match": first.headers["etag"]})
        endpoint.executor.number = 2
        changed = await get(endpoint.app, query="{number}", headers={"if-none-match": first.headers["etag"]})

        assert first.headers["cache-control"] == "private, no-cache"
        assert {name.strip() for name in first.headers["vary"].split(",")} == {"accept", "origin"}
        assert (again.status, again.body, again.headers["etag"]) == (304, b"", first.headers["etag"])
        assert (changed.status, changed.json) == (200, {"data": {"number": 2}})

    with_endpoint(scenario)


def test_the_two_media_types_have_different_tags():
    async def scenario(endpoint: Endpoint) -> None:
        tags = {
            (await get(endpoint.app, query="{number}", headers={"accept": media})).headers["etag"] for media in Media
        }

        assert len(tags) == 2

    with_endpoint(scenario)


async def _somebody_waits(endpoint: Endpoint) -> None:
    while not len(endpoint.live):  # noqa: ASYNC110  (that somebody waits has no event, and the scenario has a deadline)
        await asyncio.sleep(0.005)


def test_a_get_that_waits_is_answered_when_its_own_answer_changes():
    async def scenario(endpoint: Endpoint) -> None:
        first = await get(endpoint.app, query="{number}")
        headers = {"if-none-match": first.headers["etag"], "prefer": "wait=9"}
        waiting = asyncio.create_task(get(endpoint.app, query="{number}", headers=headers))
        await _somebody_waits(endpoint)

        await post(endpoint.app, "mutation {change}")
        endpoint.live.changed()

        response = await waiting
        assert response.json == {"data": {"number": 2}}
        assert response.headers["preference-applied"] == "wait=9"
        assert response.headers["etag"] != first.headers["etag"]

    with_endpoint(scenario)


def test_who_has_lost_its_rights_while_it_waited_is_not_told_the_answer():
    async def scenario(endpoint: Endpoint) -> None:
        headers = {"authorization": "Bearer s3cret"}
        first = await get(endpoint.app, query="{number}", headers=headers)
        headers |= {"if-none-match": first.headers["etag"], "prefer": "wait=9"}
        waiting = asyncio.create_task(get(endpoint.app, query="{number}", headers=headers))
        await _somebody_waits(endpoint)

        endpoint.app._access = Access(("127.0.0.1",), (), "another")
        await post(endpoint.app, "mutation {change}")
        endpoint.live.changed()

        response = await waiting
        assert (response.status, response.codes) == (403, ["FORBIDDEN"])
        assert "data" not in response.json

    with_endpoint(scenario)


def test_a_get_that_waited_in_vain_says_so():
    async def scenario(endpoint: Endpoint) -> None:
        first = await get(endpoint.app, query="{number}")
        headers = {"if-none-match": first.headers["etag"], "prefer": "wait=1"}

        response = await get(endpoint.app, query="{number}", headers=headers)

        assert (response.status, response.body) == (304, b"")
        assert response.headers["etag"] == first.headers["etag"]

    with_endpoint(scenario)


def test_a_client_that_hangs_up_while_it_waits_is_left_alone():
    async def scenario(endpoint: Endpoint) -> None:
        first = await get(endpoint.app, query="{number}")
        gone = asyncio.Event()
        headers = {"if-none-match": first.headers["etag"], "prefer": "wait=9"}
        waiting = asyncio.create_task(ask(endpoint.app, query={"query": "{number}"}, headers=headers, hang_up=gone))
        await _somebody_waits(endpoint)

        gone.set()

        assert await waiting is None
        assert len(endpoint.live) == 0

    with_endpoint(scenario)


def test_a_stopping_server_sends_those_who_wait_away():
    async def scenario(endpoint: Endpoint) -> None:
        first = await get(endpoint.app, query="{number}")
        headers = {"if-none-match": first.headers["etag"], "prefer": "wait=9"}
        waiting = asyncio.create_task(get(endpoint.app, query="{number}", headers=headers))
        await _somebody_waits(endpoint)

        await endpoint.live.close()

        response = await waiting
        assert (response.status, response.codes) == (503, ["UNAVAILABLE"])

    with_endpoint(scenario)


def test_a_preflight_is_decided_by_django_cors_headers(settings: Any):
    settings.CORS_ALLOWED_ORIGINS = ["https://board.example"]

    async def scenario(endpoint: Endpoint, origin: str) -> Response | None:
        headers = {"origin": origin, "access-control-request-method": "POST"}
        return await ask(endpoint.app, "OPTIONS", headers=headers)

    listed = with_endpoint(lambda endpoint: scenario(endpoint, "https://board.example"))
    foreign = with_endpoint(lambda endpoint: scenario(endpoint, "https://evil.example"))

    assert listed is not None
    assert foreign is not None
    assert listed.headers["access-control-allow-origin"] == "https://board.example"
    assert "POST" in listed.headers["access-control-allow-methods"]
    assert not [name for name in foreign.headers if name.startswith("access-control")]
    assert foreign.headers["vary"] == "accept, origin"


def test_an_answer_says_which_origin_may_read_it(settings: Any):
    settings.CORS_ALLOWED_ORIGINS = ["https://board.example"]

    listed = posted(b'{"query": "{number}"}', origin="https://board.example")
    refused = posted(b"{", origin="https://board.example")
    foreign = posted(b'{"query": "{number}"}', origin="https://evil.example")

    assert listed.headers["access-control-allow-origin"] == "https://board.example"
    assert refused.headers["access-control-allow-origin"] == "https://board.example"
    assert "access-control-allow-origin" not in foreign.headers
