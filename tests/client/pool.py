"""A pool of no connections, which answers what it was told to, and the time that passes with it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import urllib3

from client.connection import Connection

URL = "http://127.0.0.1:8000/graphql"


@dataclass
class Reply:
    status: int = 200
    data: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Request:
    method: str
    url: str
    body: bytes | None
    headers: Mapping[str, str]
    timeout: urllib3.Timeout

    @property
    def variables(self) -> Any:
        if self.body is None:
            return json.loads(parse_qs(urlsplit(self.url).query)["variables"][0])
        return json.loads(self.body)["variables"]


class APool:
    """Answers each request with the next reply, or raises it; the last one again and again."""

    def __init__(self, *replies: Reply | BaseException) -> None:
        self.replies = list(replies)
        self.requests: list[Request] = []
        self.pauses: list[float] = []
        self.now = 0.0

    def connection(self, patience: float = 10.0) -> Connection:
        return Connection(URL, patience=patience, pool=self, pause=self.pause, clock=lambda: self.now)

    def request(
        self,
        method: str,
        url: str,
        *,
        body: bytes | None,
        headers: Mapping[str, str],
        timeout: urllib3.Timeout,
        redirect: bool,
    ) -> Reply:
        self.requests.append(Request(method, url, body, headers, timeout))
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(reply, BaseException):
            raise reply
        if reply.status == 304:
            self.now += float(headers["Prefer"].partition("=")[2])
        return reply

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds

    def clear(self) -> None:
        pass


def given(etag: str = "", **fields: object) -> Reply:
    """An answer with this data."""
    return Reply(200, json.dumps({"data": fields}).encode(), {"etag": etag} if etag else {})


def refused(code: str, message: str = "no", status: int = 200, **details: object) -> Reply:
    """An answer with one error."""
    error = {"message": message, "extensions": {"code": code, **details}}
    return Reply(status, json.dumps({"data": None, "errors": [error]}).encode())


def unchanged(*, waited: bool = True) -> Reply:
    """The answer of a long poll in which nothing happened."""
    return Reply(304, b"", {"preference-applied": "wait=25"} if waited else {})


def no_connection() -> Exception:
    return urllib3.exceptions.NewConnectionError(None, "nobody listens")  # type: ignore[arg-type]


def answer_lost() -> Exception:
    return urllib3.exceptions.ProtocolError("the connection broke")


def no_answer_in_time() -> Exception:
    return urllib3.exceptions.ReadTimeoutError(None, URL, "too slow")  # type: ignore[arg-type]


def a_key(status: str = "QUEUEING", id: str = "t-1") -> dict[str, object]:
    return {"id": id, "status": status}


def a_task(status: str = "FINISHED", **fields: object) -> dict[str, object]:
    """All of a task as the API tells it."""
    return {
        "id": "t-1",
        "name": "add",
        "queue": "default",
        "priority": 0,
        "status": status,
        "reason": None,
        "error": None,
        "waiting": None,
        "progress": None,
        "attempt": 1,
        "maxAttempts": 1,
        "timeout": None,
        "worker": {"topic": "W1"},
        "createdAt": "2026-11-25T01:00:00Z",
        "runAfter": None,
        "expiresAt": None,
        "startedAt": "2026-11-25T01:00:00.1Z",
        "finishedAt": "2026-11-25T01:00:00.2Z",
        "args": [1, 2],
        "kwargs": {},
        "result": 3 if status == "FINISHED" else None,
        "attempts": [],
        **fields,
    }
