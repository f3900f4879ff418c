"""Clients that ask until they are answered, as one does who means to keep what one was told."""

import http.client
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from tests.soak.chaos.checker import Breach
from tests.soak.chaos.wishes import Kind, Wish, draw
from tests.support.graphql import Asks

_ONE: Final = """mutation($name: String!, $args: JSON, $id: ID, $priority: Int, $runAfter: DateTime,
    $expiresAt: DateTime, $timeout: Float) { createTask(name: $name, args: $args, id: $id, priority: $priority,
    runAfter: $runAfter, expiresAt: $expiresAt, timeout: $timeout) { id } }"""
_MANY: Final = "mutation($tasks: [TaskInput!]!) { createTasks(tasks: $tasks) { tasks { id } } }"
_CANCEL: Final = "mutation($ids: [ID!]) { cancelTasks(ids: $ids) { count } }"
_RETRY: Final = "mutation($ids: [ID!]) { retryTasks(ids: $ids) { count } }"

_ASK_AGAIN_AFTER: Final = 0.1
_ANSWER_WITHIN: Final = 15.0

type Answer = Mapping[str, Any]


@dataclass(slots=True)
class Client:
    """Creates so many tasks a second in a thread of its own, some of which it cancels, retries or asks for twice.

    Once it is told that it is enough it still asks for what it has begun with, until it is told to give up.
    """

    name: str
    url: str
    history: str
    seed: str
    rate: float
    wishes: dict[str, Wish] = field(default_factory=dict)
    refused: list[Breach] = field(default_factory=list)
    """Answers that no client should get."""
    asked_again: int = 0
    """How often there was no answer, or that it is not possible now."""
    _enough: threading.Event = field(default_factory=threading.Event)
    _give_up: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._go_on, name=self.name)
        self._thread.start()

    def enough(self) -> None:
        """Begin nothing more."""
        self._enough.set()

    def ended(self, within: float) -> bool:
        """Whether all that it has begun with was answered within so many seconds; it is over in any case."""
        assert self._thread is not None
        self._thread.join(within)
        late = self._thread.is_alive()
        self.give_up()
        return not late

    def give_up(self) -> None:
        """End now, whether it was answered or not."""
        self._enough.set()
        self._give_up.set()
        if self._thread is not None:
            self._thread.join()

    def _go_on(self) -> None:
        chance = Random(self.seed)
        asks = Asks()
        asks.url = self.url
        number = 0
        while not self._enough.is_set():
            batch = chance.choices([1, 3], [80, 20])[0]
            wishes = [draw(chance, f"{self.name}-{number + n}", self.history) for n in range(batch)]
            number += batch
            self._fulfil(asks, wishes, chance)
            self._enough.wait(chance.expovariate(self.rate / batch))

    def _fulfil(self, asks: Asks, wishes: Sequence[Wish], chance: Random) -> None:
        self.wishes |= {wish.key: wish for wish in wishes}
        if not self._create(asks, wishes):
            return
        if chance.random() < 0.05:
            self._create(asks, wishes)
        if chance.random() < 0.05:
            self._other_content(asks, wishes[0])
        for wish in wishes:
            if wish.kind is Kind.CANCELLED:
                self._enough.wait(chance.uniform(0.0, 1.5))
            if wish.kind in (Kind.CANCELLED, Kind.CANCELLED_EARLY, Kind.TAKEN_BACK):
                self._cancel(asks, wish)
            if wish.kind is Kind.TAKEN_BACK and wish.cancelled_before_due:
                self._take_back(asks, wish)

    def _create(self, asks: Asks, wishes: Sequence[Wish]) -> bool:
        if len(wishes) == 1:
            answer = self._ask(asks, _ONE, wishes[0].content)
        else:
            answer = self._ask(asks, _MANY, {"tasks": [wish.content for wish in wishes]})
        if answer is None:
            return False
        if "errors" in answer:
            self._wrong("I3", f"{[wish.key for wish in wishes]}", answer)
            return False
        data = answer["data"]
        there = [data["createTask"]] if len(wishes) == 1 else data["createTasks"]["tasks"]
        if [task["id"] for task in there] != [wish.key for wish in wishes]:
            self._wrong("I3", f"{[wish.key for wish in wishes]}", answer)
        now = time.time()
        for wish in wishes:
            wish.acknowledged = wish.acknowledged or now
        return True

    def _other_content(self, asks: Asks, wish: Wish) -> None:
        answer = self._ask(asks, _ONE, {**wish.content, "args": [self.history, 0.001]})
        if answer is not None and [error["extensions"]["code"] for error in answer.get("errors", [])] != ["CONFLICT"]:
            self._wrong("I3", f"{wish.key} with other content", answer)

    def _cancel(self, asks: Asks, wish: Wish) -> None:
        answer = self._ask(asks, _CANCEL, {"ids": [wish.key]})
        if answer is None:
            return
        if "errors" in answer:
            self._wrong("I1", f"the cancel of {wish.key}, which was acknowledged", answer)
        wish.cancelled = time.time()

    def _take_back(self, asks: Asks, wish: Wish) -> None:
        # Each retry opens a round: one that was heard without an answer finds that it has not ended any more.
        wish.retried = time.time()
        answer = self._ask(asks, _RETRY, {"ids": [wish.key]})
        if answer is None:
            return
        if any("only what is FAILED or FINISHED" not in error["message"] for error in answer.get("errors", [])):
            self._wrong("I10", f"the retry of {wish.key}, which was cancelled", answer)

    def _wrong(self, number: str, what: str, answer: Answer) -> None:
        self.refused.append(Breach(number, "answered wrongly", f"{what}: {answer}"))

    def _ask(self, asks: Asks, query: str, variables: Mapping[str, Any]) -> Answer | None:
        """The answer, asked for until there is one; None when it gives up."""
        while not self._give_up.is_set():
            try:
                answer: Answer = asks.post({"query": query, "variables": dict(variables)}, _ANSWER_WITHIN)
            except (OSError, http.client.HTTPException, ValueError):
                # Down, standing still, or killed in the middle of it: what was asked may have been done or not.
                pass
            else:
                codes = {error["extensions"]["code"] for error in answer.get("errors", [])}
                if "UNAVAILABLE" not in codes:
                    return answer
            self.asked_again += 1
            self._give_up.wait(_ASK_AGAIN_AFTER)
        return None
