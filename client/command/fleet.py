"""Commands about what runs tasks: workers and task functions."""

from argparse import ArgumentParser
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from client.client import Client
from client.command.exits import Exit
from client.command.screen import Screen


@dataclass(frozen=True, slots=True)
class Workers:
    """list the workers, with what each runs and holds"""

    @staticmethod
    def declare(parser: ArgumentParser) -> None:
        pass

    def run(self, client: Client, screen: Screen) -> Exit:
        workers = client.workers()
        if screen.as_json:
            screen.json(workers)
            return Exit.WELL
        columns = ("topic", "name", "state", "queues", "slots", "current", "pending", "succeeded", "failed", "heard")
        rows = [
            (w.topic, w.name, w.state, w.queues, w.slots, w.current, w.pending, w.succeeded, w.failed, w.last_beat_at)
            for w in workers
        ]
        screen.table(columns, rows, "There is no worker.")
        return Exit.WELL


@dataclass(frozen=True, slots=True)
class Types:
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


def signature(schema: Mapping[str, Any]) -> str:
    """The parameters of a task function in one line: `name, times=1`."""
    needed = schema.get("required", [])
    shown = []
    for name, parameter in schema.get("properties", {}).items():
        default = "" if name in needed else f"={msgspec.json.encode(parameter.get('default')).decode()}"
        shown.append(f"{name}{default}")
    return ", ".join(shown)
