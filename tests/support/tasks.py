"""Creating tasks and following them, from outside."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.support.stack import Stack
from tests.support.waiting import wait_until

TERMINAL = ("FINISHED", "FAILED")

CREATE = """mutation($name: String!, $args: JSON, $kwargs: JSON, $id: ID, $queue: String, $priority: Int,
    $runAfter: DateTime) { createTask(name: $name, args: $args, kwargs: $kwargs, id: $id, queue: $queue,
    priority: $priority, runAfter: $runAfter) { id status } }"""


def create(stack: Stack, name: str, *args: object, **options: object) -> dict[str, Any]:
    """Create one task; its id and status as answered."""
    created: dict[str, Any] = stack.graphql(CREATE, {"name": name, "args": list(args), **options})["createTask"]
    return created


def create_many(stack: Stack, tasks: Sequence[Mapping[str, object]]) -> list[str]:
    """Create tasks all at once; their ids in order."""
    query = "mutation($tasks: [TaskInput!]!) { createTasks(tasks: $tasks) { created tasks { id } } }"
    answer = stack.graphql(query, {"tasks": list(tasks)}, timeout=60)["createTasks"]
    assert answer["created"] == len(tasks)
    return [task["id"] for task in answer["tasks"]]


def read(stack: Stack, key: str) -> dict[str, Any]:
    """One task with its attempts."""
    query = """query($id: ID!) { task(id: $id) { id name status reason error result attempt priority queue createdAt
        runAfter startedAt finishedAt worker { topic }
        attempts { number worker outcome error traceback startedAt finishedAt } } }"""
    task: dict[str, Any] = stack.graphql(query, {"id": key})["task"]
    return task


def finished(stack: Stack, key: str, within: float = 10.0) -> dict[str, Any]:
    """The task once it has ended; AssertionError when it has not within so many seconds."""

    def ended() -> dict[str, Any] | None:
        task = read(stack, key)
        return task if task["status"] in TERMINAL else None

    return wait_until(ended, within, f"{key} ends") or {}


def counts(stack: Stack) -> dict[str, int]:
    """How many tasks have each status."""
    query = "{ tasks(first: 1) { counts { queueing running failed finished } } }"
    found: dict[str, int] = stack.graphql(query)["tasks"]["counts"]
    return found


def all_ended(stack: Stack, within: float) -> dict[str, int]:
    """The counts once nothing waits or runs any more. Goes on asking while the backend is away."""

    def quiet() -> dict[str, int] | None:
        try:
            found = counts(stack)
        except OSError:
            return None
        return found if found["queueing"] == found["running"] == 0 else None

    return wait_until(quiet, within, "every task ends") or {}


def every_task(stack: Stack, among: Collection[str] | None = None) -> list[dict[str, Any]]:
    """All tasks with their attempts, the newest first; or those among these ids, with a look at nothing older."""
    query = """query($after: String) { tasks(first: 500, after: $after) { pageInfo { hasNextPage endCursor }
        nodes { id status reason error attempt startedAt finishedAt worker { topic }
            attempts { number outcome worker } } } }"""
    tasks: list[dict[str, Any]] = []
    wanted = None if among is None else set(among)
    after = None
    while True:
        page = stack.graphql(query, {"after": after}, timeout=60)["tasks"]
        tasks.extend(node for node in page["nodes"] if wanted is None or node["id"] in wanted)
        # A page of 500 costs the backend an eighth of a second.
        if not page["pageInfo"]["hasNextPage"] or (wanted is not None and len(tasks) == len(wanted)):
            return tasks
        after = page["pageInfo"]["endCursor"]


def lines(path: Path) -> list[str]:
    """The lines that task functions have left, none when there is no file yet."""
    return path.read_text().splitlines() if path.exists() else []


def ids(found: Iterable[str]) -> set[str]:
    """The ids in lines of `trace`."""
    return {line.split()[0] for line in found}
