"""One request to an ASGI application, without a socket."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

Application = Callable[[Any, Any, Any], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Response:
    """What came back. Header names are in lower case; cookies are set with a line each."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def codes(self) -> list[str]:
        """The codes of its errors."""
        return [error["extensions"]["code"] for error in self.json["errors"]]


HOST = "127.0.0.1:8000"


async def ask(
    application: Application,
    method: str = "GET",
    path: str = "/graphql",
    *,
    query: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    chunks: Iterable[bytes] = (b"",),
    hang_up: asyncio.Event | None = None,
    client: str = "127.0.0.1",
) -> Response | None:
    """The response; None when there was none. The client stays until `hang_up` is set."""
    sent = {"host": HOST, **{name.lower(): value for name, value in (headers or {}).items()}}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": urlencode(query or {}).encode(),
        "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
        "client": (client, 50000),
        "server": ("127.0.0.1", 8000),
    }
    bodies = list(chunks)
    incoming = [
        {"type": "http.request", "body": body, "more_body": place < len(bodies) - 1}
        for place, body in enumerate(bodies)
    ]
    outgoing: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        if incoming:
            return incoming.pop(0)
        await (hang_up or asyncio.Event()).wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        outgoing.append(message)

    await application(scope, receive, send)
    if not outgoing:
        return None
    start, *rest = outgoing
    cookies = [value.decode() for name, value in start["headers"] if name.lower() == b"set-cookie"]
    names = [name.decode().lower() for name, _ in start["headers"] if name.lower() != b"set-cookie"]
    assert len(names) == len(set(names)), f"a header is sent twice: {names}"
    received = {name.decode().lower(): value.decode() for name, value in start["headers"]}
    return Response(
        start["status"],
        received | ({"set-cookie": "\n".join(cookies)} if cookies else {}),
        b"".join(message.get("body", b"") for message in rest),
    )


async def post(
    application: Application, query: str, *, headers: Mapping[str, str] | None = None, **variables: Any
) -> Response:
    """The response to a GraphQL request with these variables."""
    body = json.dumps({"query": query, "variables": variables}).encode()
    sent = {"content-type": "application/json", **(headers or {})}
    response = await ask(application, "POST", headers=sent, chunks=[body])
    assert response is not None
    return response


async def get(
    application: Application, path: str = "/graphql", *, headers: Mapping[str, str] | None = None, **query: str
) -> Response:
    """The response to a GET with these parameters."""
    response = await ask(application, "GET", path, query=query, headers=headers)
    assert response is not None
    return response
