import io
import json

import pytest

from client.client import Client
from client.command.fleet import signature
from client.command.screen import Screen
from client.command.usage import parse
from tests.client.pool import URL, APool, given

MAIL = {
    "name": "mail",
    "paused": True,
    "pauseReason": "the provider is down",
    "queueing": 3,
    "running": 1,
    "oldestQueuedAt": None,
}
W1 = {
    "topic": "W1",
    "name": "worker-1",
    "host": "here",
    "pid": 17,
    "queues": ["mail", "reports"],
    "slots": 2,
    "current": 1,
    "pending": 0,
    "succeeded": 5,
    "failed": 1,
    "state": "DRAINING",
    "lastBeatAt": "2026-11-25T01:00:00Z",
}
ADD = {"name": "add", "path": "demo.add", "description": "a + b", "queue": "default", "parameters": {}}


def shown(arguments: str, **fields: object) -> tuple[str, APool]:
    pool, out = APool(given("", **fields)), io.StringIO()
    said, _ = parse(arguments.split())
    said.command.run(Client(URL, pool=pool), Screen(as_json=said.as_json, out=out))
    return out.getvalue(), pool


def test_queues_are_shown_with_why_they_are_paused():
    told, _ = shown("queues", queues=[MAIL])

    assert told.splitlines()[1].split(maxsplit=5) == ["mail", "paused", "3", "1", "-", "the provider is down"]


@pytest.mark.parametrize(
    ("arguments", "field", "variables"),
    [
        ("pause mail --reason down", "pauseQueue", {"name": "mail", "reason": "down"}),
        ("pause mail", "pauseQueue", {"name": "mail", "reason": None}),
        ("resume mail", "resumeQueue", {"name": "mail"}),
    ],
)
def test_a_queue_is_paused_and_resumed_by_its_name(arguments, field, variables):
    told, pool = shown(arguments, **{field: MAIL})

    assert pool.requests[0].variables == variables
    assert told.splitlines()[1].startswith("mail")


def test_a_worker_is_drained_by_its_topic():
    told, pool = shown("drain W1", drainWorker=W1)

    assert pool.requests[0].variables == {"topic": "W1"}
    assert told.splitlines()[1].split()[:4] == ["W1", "worker-1", "DRAINING", "mail,reports"]


@pytest.mark.parametrize(
    ("arguments", "field", "row"), [("workers", "workers", W1), ("queues", "queues", MAIL), ("types", "taskTypes", ADD)]
)
def test_with_json_rows_are_as_the_api_tells_them(arguments, field, row):
    told, _ = shown(f"{arguments} --json", **{field: [row]})

    assert json.loads(told) == [row]


def test_a_signature_has_the_parameters_in_order_with_their_defaults():
    schema = {"properties": {"name": {}, "times": {"default": 1}, "loud": {"default": None}}, "required": ["name"]}

    assert signature(schema) == "name, times=1, loud=null"
