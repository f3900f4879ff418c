"""Whatever is wrong with a request, it is told so in a way that helps, and nothing is written."""

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support.stack import Stack
from tests.support.tasks import CREATE, counts, create


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("bad") / "home", workers=0) as started:
        yield started


def answered(stack: Stack, data: bytes | None, headers: Mapping[str, str], path: str = "graphql") -> tuple[int, Any]:
    """Status and JSON of an answer to a request as it stands."""
    request = urllib.request.Request(stack.url + path, data=data, headers=dict(headers))
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def code(answer: Any) -> str:
    return str(answer["errors"][0]["extensions"]["code"])


@pytest.mark.parametrize(
    ("variables", "expected", "says"),
    [
        ({"name": "addd", "args": [1, 2]}, "UNKNOWN_TASK", "add"),
        ({"name": "add", "args": [1]}, "BAD_ARGUMENTS", "'b'"),
        ({"name": "add", "args": [1, 2, 3]}, "BAD_ARGUMENTS", "too many"),
        ({"name": "add", "kwargs": {"a": 1, "c": 2}}, "BAD_ARGUMENTS", "'c'"),
        ({"name": "add", "args": [1, "two"]}, "BAD_ARGUMENTS", "'b'"),
        ({"name": "add", "args": {"a": 1}}, "BAD_INPUT", "args"),
        ({"name": "echo", "args": ["x" * (2 * 1024 * 1024)]}, "TOO_LARGE", "1048576"),
        ({"name": "add", "args": [1, 2], "queue": "No Queue"}, "BAD_INPUT", "queue"),
        ({"name": "add", "args": [1, 2], "priority": 101}, "BAD_INPUT", "priority"),
        ({"name": "add", "args": [1, 2], "runAfter": "2030-01-01T00:00:00"}, "BAD_INPUT", "zone"),
        ({"name": "add", "args": [1, 2], "id": "no good!"}, "BAD_INPUT", "id"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_wrong_create_task_is_refused(stack: Stack, variables: dict[str, object], expected: str, says: str) -> None:
    before = counts(stack)

    answer = stack.post({"query": CREATE, "variables": variables})

    assert code(answer) == expected
    assert says in answer["errors"][0]["message"]
    assert counts(stack) == before


def test_the_same_id_is_the_same_task_unless_its_content_differs(stack: Stack) -> None:
    first = create(stack, "add", 1, 2, id="order-17")
    before = counts(stack)

    again = create(stack, "add", 1, 2, id="order-17")
    other = stack.post({"query": CREATE, "variables": {"name": "add", "args": [1, 3], "id": "order-17"}})

    assert again == first
    assert code(other) == "CONFLICT"
    assert counts(stack) == before


def test_an_unknown_id_is_not_found(stack: Stack) -> None:
    answer = stack.post({"query": '{ task(id: "no-such-task") { id } }'})

    assert answer["data"] == {"task": None}
    assert code(answer) == "NOT_FOUND"


def test_one_wrong_task_among_many_creates_none_and_is_named(stack: Stack) -> None:
    before = counts(stack)
    tasks = [{"name": "add", "args": [1, 2]}, {"name": "add", "args": [1]}]

    answer = stack.post(
        {"query": "mutation($t: [TaskInput!]!) { createTasks(tasks: $t) { created } }", "variables": {"t": tasks}}
    )

    assert code(answer) == "BAD_ARGUMENTS"
    assert "tasks[1]" in answer["errors"][0]["message"]
    assert counts(stack) == before


JSON = {"Content-Type": "application/json", "Accept": "application/graphql-response+json"}
MUTATION = json.dumps({"query": 'mutation { createTask(name: "add", args: [1, 2]) { id } }'}).encode()
GET_MUTATION = "graphql?query=" + urllib.parse.quote('mutation { createTask(name: "add", args: [1, 2]) { id } }')


@pytest.mark.parametrize(
    ("path", "data", "headers", "status", "expected"),
    [
        ("graphql", b'{"query": "{ tasks { nodes { id } "}', JSON, 400, "BAD_INPUT"),
        ("graphql", b'{"query": "{ nothing }"}', JSON, 422, "BAD_INPUT"),
        ("graphql", b'{"query": ', JSON, 400, "BAD_INPUT"),
        (GET_MUTATION, None, {"Accept": JSON["Accept"]}, 405, "BAD_INPUT"),
        (
            "graphql",
            urllib.parse.urlencode({"query": json.loads(MUTATION)["query"]}).encode(),
            {"Content-Type": "application/x-www-form-urlencoded"},
            403,
            "FORBIDDEN",
        ),
        ("graphql", MUTATION, {**JSON, "Content-Type": "text/plain"}, 403, "FORBIDDEN"),
        ("graphql", MUTATION, {**JSON, "Origin": "http://evil.example"}, 403, "FORBIDDEN"),
        ("graphql", MUTATION, {**JSON, "Origin": "null"}, 403, "FORBIDDEN"),
        ("graphql", MUTATION, {**JSON, "Host": "evil.example"}, 403, "FORBIDDEN"),
        ("graphql?query=%7B__typename%7D", None, {"Host": "evil.example"}, 403, "FORBIDDEN"),
    ],
    ids=[
        "malformed GraphQL",
        "unknown field",
        "broken JSON",
        "GET mutation",
        "form",
        "plain text",
        "foreign Origin",
        "null Origin",
        "foreign Host",
        "foreign Host on GET",
    ],
)
def test_a_wrong_request_is_refused(
    stack: Stack, path: str, data: bytes | None, headers: dict[str, str], status: int, expected: str
) -> None:
    before = counts(stack)

    found, answer = answered(stack, data, headers, path)

    assert (found, code(answer)) == (status, expected)
    assert len(answer["errors"][0]["message"]) > 20
    assert counts(stack) == before


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_another_method_is_not_allowed(stack: Stack, method: str) -> None:
    request = urllib.request.Request(f"{stack.url}graphql", method=method)

    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=20)

    with refused.value as answer:
        assert (answer.code, answer.headers["Allow"]) == (405, "GET, HEAD, POST, OPTIONS")


def test_reports_need_the_service_token(stack: Stack) -> None:
    body = json.dumps({"query": "mutation { reportAttempts(reports: []) }"}).encode()
    token = (Path(stack.home) / "service-token").read_text().strip()

    _, without = answered(stack, body, JSON)
    _, wrong = answered(stack, body, {**JSON, "Authorization": "Bearer wrong"})
    _, right = answered(stack, body, {**JSON, "Authorization": f"Bearer {token}"})

    assert code(without) == code(wrong) == "UNAUTHENTICATED"
    assert right == {"data": {"reportAttempts": []}}
