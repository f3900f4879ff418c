"""One life of a few tasks: created, granted, started, ended and settled, retried, cancelled, and retried by hand.

What it asks of the backend it asks until it is answered, as a client does that means to keep what it was told: under an
id of its own. The record is read beside the backend, so that looking adds no calls to count.
"""

import http.client
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from backend.tasks.models import Task
from tests.support.graphql import Asks
from tests.support.tasks import lines

ANSWERED_WITHIN: Final = 60.0
ENDED_WITHIN: Final = 60.0
"""Seconds; on a machine that does other things too."""

_LOOK_EVERY: Final = 0.01
_A_MOMENT: Final = 0.3

_CREATE = """mutation($tasks: [TaskInput!]!) { createTasks(tasks: $tasks) { tasks { id } } }"""
_CREATE_ONE = "mutation($name: String!, $args: JSON, $id: ID) { createTask(name: $name, args: $args, id: $id) { id } }"
_CANCEL = "mutation($ids: [ID!]) { cancelTasks(ids: $ids) { __typename } }"
_RETRY = "mutation($ids: [ID!]) { retryTasks(ids: $ids) { __typename } }"

_TERMINAL = ("FINISHED", "FAILED")
_BUSY = frozenset({"UNAVAILABLE"})


class Breach(Exception):
    """Something that is promised does not hold."""


@dataclass(frozen=True, slots=True)
class Expected:
    """How a task must end: by its status and reason, and by how often each outcome but LOST stands in its attempts."""

    status: str
    reason: str | None
    outcomes: Mapping[str, int]


_DONE = Expected("FINISHED", None, {"SUCCEEDED": 1})
_DONE_TWICE = Expected("FINISHED", None, {"SUCCEEDED": 2})
_DONE_AFTER_A_FAILURE = Expected("FINISHED", None, {"FAILED": 1, "SUCCEEDED": 1})
_CANCELLED = Expected("FAILED", "CANCELLED", {"CANCELLED": 1})


@dataclass(slots=True)
class Life:
    """`tick` is called whenever it waits: what has ended is started again there. `history`: what functions tell."""

    backend: Asks
    history: Path
    name: str
    tick: Callable[[], object]
    expected: dict[str, Expected] = field(default_factory=dict)

    def live(self) -> None:
        """All of it; Breach when it is answered wrongly, or not at all."""
        once, stumbling, long = (f"{self.name}-{what}" for what in ("once", "stumble", "cancel"))
        batch = [f"{self.name}-batch-{number}" for number in range(3)]
        self._create(once, "trace", _DONE_TWICE)
        self._until_ended([once])
        self._create_many(batch)
        self._create(stumbling, "stumble", _DONE_AFTER_A_FAILURE)
        self._create(long, "span", _CANCELLED, 600.0)
        self._until(lambda: self._has_begun(long), f"{long} begins")
        self._ask(_CANCEL, {"ids": [long]})
        self._until_ended([*batch, stumbling, long])
        self._retry_by_hand(once)
        self._until_ended([once])

    def warm_up(self) -> None:
        """One task through everything: after it each thread that there will be is there, and each role is at work."""
        key = f"{self.name}-first"
        self._create(key, "trace", _DONE)
        self._until_ended([key])

    def leave_running(self) -> None:
        """One task more, which runs for a moment yet."""
        key = f"{self.name}-last"
        self._create(key, "trace", _DONE, _A_MOMENT)
        self._until(lambda: Task.objects.get(key=key).status != "QUEUEING", f"{key} begins")

    def until_over(self) -> None:
        """Wait until all of it has ended; Breach when it does not."""
        self._until_ended(list(self.expected))

    def breaches(self, *, unheard: bool) -> list[str]:
        """What does not hold of its tasks now that it is over.

        `unheard`: a worker was killed that may have run short tasks one after the other and told nobody yet. Of those
        only as many as it has slots count as attempts; the others are granted again as if they had never run.
        """
        begun = Counter(_begun(line) for line in lines(self.history) if not line.startswith("end "))
        found = [wrong for key, expected in self.expected.items() for wrong in _wrong(key, expected, unheard=unheard)]
        found += [f"attempt {attempt} of {key} ran {n} times" for (key, attempt), n in begun.items() if n > 1 + unheard]
        return found + [f"{key} ran, and nobody asked for it" for key, _ in begun if key not in self.expected]

    # --- what it asks --------------------------------------------------------------------------------------------

    def _create(self, key: str, function: str, expected: Expected, *more: object) -> None:
        args = [str(self.history), *more]
        answer = self._ask(_CREATE_ONE, {"name": function, "args": args, "id": key})
        if answer["createTask"]["id"] != key:
            raise Breach(f"I3: asked for {key}, answered {answer}")
        self.expected[key] = expected

    def _create_many(self, keys: list[str]) -> None:
        tasks = [{"name": "trace", "args": [str(self.history)], "id": key} for key in keys]
        answer = self._ask(_CREATE, {"tasks": tasks})
        if [task["id"] for task in answer["createTasks"]["tasks"]] != keys:
            raise Breach(f"I3: asked for {keys}, answered {answer}")
        self.expected |= dict.fromkeys(keys, _DONE)

    def _retry_by_hand(self, key: str) -> None:
        # Each call opens a round: a client that was not answered looks first whether it was heard.
        self._ask(_RETRY, {"ids": [key]}, unless=lambda: Task.objects.get(key=key).round > 1)

    def _ask(self, query: str, variables: Mapping[str, object], unless: Callable[[], bool] = lambda: False) -> Any:
        """The data of the answer, asked for until there is one, unless what was asked for is there without it."""
        deadline = time.monotonic() + ANSWERED_WITHIN
        while time.monotonic() < deadline:
            try:
                answer = self.backend.post({"query": query, "variables": dict(variables)})
            except (OSError, http.client.HTTPException, ValueError):
                # Down, or killed in the middle of it: what was asked may have been done or not.
                pass
            else:
                errors = answer.get("errors", [])
                if not errors:
                    return answer["data"]
                if any(error["extensions"]["code"] not in _BUSY for error in errors):
                    raise Breach(f"refused: {errors} for {variables}")
            self._pause()
            if unless():
                return None
        raise Breach(f"not answered within {ANSWERED_WITHIN:g} s: {query} {variables}")

    # --- what it waits for ---------------------------------------------------------------------------------------

    def _until_ended(self, keys: list[str]) -> None:
        def ended() -> bool:
            return Task.objects.filter(key__in=keys, status__in=_TERMINAL).count() == len(keys)

        self._until(ended, f"{', '.join(keys)} end")

    def _until(self, condition: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + ENDED_WITHIN
        while not condition():
            if time.monotonic() > deadline:
                there = list(Task.objects.filter(key__startswith=self.name).values_list("key", "status", "holder"))
                raise Breach(f"I1, L3: not within {ENDED_WITHIN:g} s: {what}; there is {there}")
            self._pause()

    def _has_begun(self, key: str) -> bool:
        return any(line.startswith(f"begin {key} ") for line in lines(self.history))

    def _pause(self) -> None:
        self.tick()
        time.sleep(_LOOK_EVERY)  # between two looks, for as long as there is something to wait for


def _begun(line: str) -> tuple[str, int]:
    """The task and the attempt that the line is of."""
    key, attempt = line.removeprefix("begin ").split()[:2]
    return key, int(attempt)


def _wrong(key: str, expected: Expected, *, unheard: bool) -> list[str]:
    task = Task.objects.filter(key=key).prefetch_related("attempts").first()
    if task is None:
        return [f"I1: {key} was acknowledged and is not there"]
    found = []
    attempts = list(task.attempts.all())
    if (task.status, task.reason) != (expected.status, expected.reason):
        found.append(f"I4: {key} is {task.status} {task.reason or ''}, not {expected.status}: {task.error}")
    if [attempt.number for attempt in attempts] != list(range(1, len(attempts) + 1)):
        found.append(f"I7: the attempts of {key} are {[attempt.number for attempt in attempts]}")
    outcomes = Counter(str(attempt.outcome) for attempt in attempts)
    lost = outcomes.pop("LOST", 0)
    if not _fits(outcomes, expected.outcomes, lost + unheard):
        found.append(f"I4: the outcomes of {key} are {dict(outcomes)} and {lost} lost, not {expected.outcomes}")
    if expected.status == "FINISHED" and task.result != len(attempts):
        found.append(f"I4: {key} has the result {task.result}, not that of attempt {len(attempts)}")
    return found


def _fits(outcomes: Counter[str], expected: Mapping[str, int], lost: int) -> bool:
    """An attempt that was to fail, or to be cancelled, may have been lost. One that was to succeed was made again."""
    missing = Counter(expected)
    missing.subtract(outcomes)
    return missing.pop("SUCCEEDED", 0) == 0 and all(0 <= many <= lost for many in missing.values())
