"""What a raw message asks for: the task that `createTask` would make, or one that says why it is refused."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from backend.tasks.asking import BODY_AT_MOST, Asked, asked
from backend.tasks.depth import MAX_DEPTH
from backend.tasks.drafts import draft
from wire import codec


def asks(**keys: object) -> Asked:
    """What becomes of a message with these keys; `run_after` is `run-after`."""
    return reads(json.dumps({name.replace("_", "-"): value for name, value in keys.items()}).encode())


def reads(piece: bytes) -> Asked:
    ([ask], unreadable) = codec.tasks_decoder.decode(piece)
    assert not unreadable
    return asked(ask, piece)


def refused(**keys: object) -> str:
    found = asks(**keys).draft.rejection
    assert found is not None
    return found


def test_a_message_asks_for_the_very_task_that_create_task_makes():
    given: dict[str, Any] = {"queue": "mail", "priority": 3, "max_attempts": 2}
    moments = {"run_after": "2030-01-02T03:04:05+01:00", "expires_at": "2030-01-03T00:00:00Z"}

    by_message = asks(task_id="mine", task="add", args=[1], kwargs={"b": 2.5}, timeout=30, **given, **moments).draft
    by_request = draft(
        id="mine",
        name="add",
        args=[1],
        kwargs={"b": 2.5},
        timeout=30.0,
        run_after=datetime(2030, 1, 2, 2, 4, 5, tzinfo=UTC),
        expires_at=datetime(2030, 1, 3, tzinfo=UTC),
        **given,
    )

    assert by_message == by_request


@pytest.mark.parametrize("nothing", [{}, {"kwargs": None, "queue": None, "timeout": None}], ids=str)
def test_what_is_left_out_or_null_is_the_task_functions_own(nothing):
    found = asks(task_id="mine", task="word_count", args=["a b"], **nothing).draft

    assert found == draft(id="mine", name="word_count", args=["a b"])


def test_without_an_id_each_message_asks_for_a_task_of_its_own():
    first, second = asks(task="add", args=[1, 2]).draft, asks(task="add", args=[1, 2]).draft

    assert first.key != second.key
    assert first.digest == second.digest


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"task": "addd"}, "There is no task function named 'addd'. Did you mean add"),
        ({"args": [1]}, "parameter 'b' is missing"),
        ({"args": [1, "two"]}, "parameter 'b' must be a number, not text"),
        ({"args": {"a": 1}}, "args: must be a JSON array such as [1, 2], not an object"),
        ({"kwargs": [1]}, "kwargs: must be a JSON object"),
        ({"queue": "No Queue"}, "queue: 'No Queue' must have 1 to 64 characters"),
        ({"queue": 7}, "queue: must be a string, not a number"),
        ({"priority": 101}, "priority: 101 is outside -100 to 100"),
        ({"priority": 0.5}, "priority: 0.5 is not a whole number"),
        ({"priority": True}, "priority: must be a number, not a boolean"),
        ({"priority": 10**400}, "priority: is too large a number"),
        ({"timeout": 0}, "timeout: 0.0 is not a number of seconds above 0"),
        ({"timeout": "30"}, "timeout: must be a number, not a string"),
        ({"max_attempts": 0}, "max-attempts: 0 is outside 1 to"),
        ({"run_after": "tomorrow"}, "run-after: 'tomorrow' is no instant"),
        ({"run_after": 1_800_000_000}, "run-after: must be a string, not a number"),
        ({"run_after": "2030-01-01T00:00:00"}, "run-after: 2030-01-01T00:00:00 has no time zone"),
        ({"run_after": "0001-01-01T00:00:00+14:00"}, "run-after: 0001-01-01T00:00:00+14:00 is outside the years"),
        ({"run_after": "2030-01-02T00:00:00Z", "expires_at": "2030-01-01T00:00:00Z"}, "expires-at: 2030-01-01"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_wrong_task_is_a_task_that_says_why_it_is_refused(wrong, why):
    found = asks(**{"task_id": "mine", "task": "add", "args": [1, 2], **wrong}).draft

    assert found.key == "mine"
    assert found.rejection is not None
    assert found.rejection.startswith(why) or why in found.rejection


def test_of_a_refused_task_all_that_was_right_is_kept():
    found = asks(
        task_id="mine", task="add", args=[1], kwargs={"x": 2}, queue="mail", priority=7, timeout=9, max_attempts=0
    ).draft

    assert (found.name, found.path) == ("add", "backend.demo.tasks.add")
    assert (found.args, found.kwargs, found.args_json, found.kwargs_json) == ([1], {"x": 2}, "[1]", '{"x":2}')
    assert (found.queue, found.priority, found.timeout, found.max_attempts) == ("mail", 7, 9.0, 1)


@pytest.mark.parametrize("queue", ["No Queue", 7, None])
def test_a_refused_task_without_a_queue_of_its_own_stands_in_the_default_one(queue):
    assert asks(task="nothing", queue=queue).draft.queue == "default"


def test_a_task_function_that_is_not_there_keeps_the_name_that_it_was_asked_for_by():
    found = asks(task="shop.tasks." + "x" * 1000).draft

    assert found.name == ("shop.tasks." + "x" * 1000)[:200]
    assert found.path == ("shop.tasks." + "x" * 1000)[:400]


@pytest.mark.parametrize(
    ("args", "why"),
    [
        (json.dumps(["x" * (1024 * 1024)]), "bytes, the limit is 1048576 bytes (ZONDA_MAX_PAYLOAD)"),
        ("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), "is nested more than"),
        ('["\\ud800"]', "is not Unicode text"),
        ("[1e999]", "has no JSON form"),
        ('"abc"', "must be a JSON array"),
    ],
    ids=["large", "deep", "surrogate", "infinite", "no array"],
)
def test_arguments_that_cannot_be_kept_leave_a_task_that_nothing_can_run(args, why):
    found = reads(b'{"task-id":"mine","task":"echo","args":' + args.encode() + b"}")

    assert why in (found.draft.rejection or "")
    assert (found.draft.args, found.draft.args_json, found.draft.path) == ([], "[]", "")


def test_the_same_refused_message_has_the_same_digest_whatever_order_its_keys_have():
    first = reads(b'{"task-id":"a","task":"nothing","args":[1],"kwargs":{"a":1,"b":2}}')
    same = reads(b'{"kwargs": {"b": 2, "a": 1}, "args": [1], "task": "nothing", "task-id": "a", "colour": "blue"}')
    other = reads(b'{"task-id":"a","task":"nothing","args":[2],"kwargs":{"a":1,"b":2}}')

    assert first.draft.digest == first.as_refused == same.draft.digest
    assert first.draft.digest != other.draft.digest


def test_a_message_knows_its_digest_as_a_refused_one_too():
    good, bad = asks(task_id="a", task="add", args=[1, 2]), asks(task_id="a", task="add", args=[1])

    assert good.as_refused not in (good.draft.digest, bad.as_refused)


def test_of_the_message_itself_the_beginning_is_kept():
    found = asks(task="echo", args=["é" * 10_000])

    assert len(found.body) == BODY_AT_MOST
    assert found.body.startswith('{"task": "echo"')


def test_a_refusal_is_never_longer_than_anybody_reads():
    assert len(refused(task="add", kwargs={"x" * 100_000: 1})) <= BODY_AT_MOST
