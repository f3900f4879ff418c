"""Commands about what runs tasks: workers, queues and task functions."""

from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from client.client import Client
from client.command.exits import Exit
from client.command.screen import Screen
from client.records import Queue, Worker


class Workers(Struct, frozen=True):
    """list the workers, with what each runs and holds"""

    @staticmethod
    def declare(parser: ArgumentParser) -> None:
        pass

    def run(self, client: Client, screen: Screen) -> Exit:
        _print_workers(client.workers(), screen)
        return Exit.WELL


class Drain(Struct, frozen=True):
    """have a worker end what it runs, take nothing new, and leave"""

    topic: str

    @staticmethod
    def declare(parser: ArgumentParser) -> None:
        parser.add_argument("topic", metavar="W1", help="topic of the worker")

    def run(self, client: Client, screen: Screen) -> Exit:
        _print_workers([client.drain(self.topic)], screen)
        return Exit.WELL


class Queues(Struct, frozen=True):
    """list the queues, with how many tasks wait and run"""

    @staticmethod
    def declare(parser: ArgumentParser) -> None:
        pass

    def run(self, client: Client, screen: Screen) -> Exit:
        _print_queues(client.queues(), screen)
        return Exit.WELL


class Pause(Struct, frozen=True):
    """pause a queue: nothing of it starts until it is resumed"""

    queue: str
    reason: str | None

    @staticmethod
    def declare(parser: ArgumentParser) -> None:
        parser.add_argument("queue", metavar="QUEUE", help="name of the queue")
        parser.add_argument("--reason", metavar="TEXT", help="why; shown to whoever wonders")

    def run(self, client: Client, screen: Screen) -> Exit:
        _print_queues([client.pause(self.queue, self.reason)], screen)
        return Exit.WELL


class Resume(Struct, frozen=True):
    """resume a queue that was paused"""

    queue: str

    @staticmethod
    def declare(parser: ArgumentParser) -> None:
        parser.add_argument("queue", metavar="QUEUE", help="name of the queue")

    def run(self, client: Client, screen: Screen) -> Exit:
        _print_queues([client.resume(self.queue)], screen)
        return Exit.WELL


class Types(Struct, frozen=True):
    """list the task functions that can be created, with what they take"""

    @staticmethod
    def declare(parser: ArgumentParser) -> None:
        pass

    def run(self, client: Client, screen: Screen) -> Exit:
        types = client.task_types()
        if screen.as_json:
            screen.json(types)
            return Exit.WELL
        rows = [(t.name, signature(t.parameters), t.queue, t.description) for t in types]
        screen.table(("name", "takes", "queue", "what it does"), rows, "There is no task function.")
        return Exit.WELL


def _print_workers(workers: Sequence[Worker], screen: Screen) -> None:
    if screen.as_json:
        screen.json(workers)
        return
    columns = ("topic", "name", "state", "queues", "slots", "current", "pending", "succeeded", "failed", "heard")
    rows = [
        (w.topic, w.name, w.state, w.queues, w.slots, w.current, w.pending, w.succeeded, w.failed, w.last_beat_at)
        for w in workers
    ]
    screen.table(columns, rows, "There is no worker.")


def _print_queues(queues: Sequence[Queue], screen: Screen) -> None:
    if screen.as_json:
        screen.json(queues)
        return
    rows = [
        (q.name, "paused" if q.paused else "open", q.queueing, q.running, q.oldest_queued_at, q.pause_reason)
        for q in queues
    ]
    screen.table(("name", "state", "queueing", "running", "oldest", "reason"), rows, "There is no queue yet.")


def signature(schema: Mapping[str, Any]) -> str:
    """The parameters of a task function in one line: `name, times=1`."""
    needed = schema.get("required", [])
    shown = []
    for name, parameter in schema.get("properties", {}).items():
        default = "" if name in needed else f"={msgspec.json.encode(parameter.get('default')).decode()}"
        shown.append(f"{name}{default}")
    return ", ".join(shown)
