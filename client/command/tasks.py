"""Commands about tasks by their ids: create, status, result, wait; and list."""

import time
from argparse import ArgumentParser
from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from typing import Any

import msgspec
from msgspec import Struct

from client.client import Client
from client.command import words
from client.command.arguments import Filtering, add_filter, add_ids, add_timeout, instant, seconds, whole
from client.command.command import WrongUse
from client.command.exits import Exit
from client.command.screen import Screen
from client.errors import NotDone, TaskFailed
from client.handle import TaskHandle
from client.records import Row, Status, Task

_COLUMNS = ("id", "name", "queue", "status", "attempt", "worker", "created", "note")


class Create(Struct, frozen=True, kw_only=True):
    """create one task and print its id, or with --wait its result"""

    name: str
    arguments: Sequence[str]
    id: str | None
    queue: str | None
    priority: int | None
    run_after: datetime | None
    expires_at: datetime | None
    timeout: float | None
    max_attempts: int | None
    wait: bool
    wait_timeout: float | None

    @staticmethod
    def declare(parser: ArgumentParser) -> None:
        parser.epilog = (
            "An argument that is JSON is read as JSON (1, true, null, [1,2], '\"1\"' for the text 1), any other is "
            "text. NAME=VALUE is an argument by name; write a text with = in it as JSON. After -- nothing is an option."
        )
        parser.add_argument("name", metavar="NAME", help="name of the task function")
        parser.add_argument("arguments", nargs="*", metavar="ARGUMENT", help="VALUE, or NAME=VALUE")
        parser.add_argument("--id", help="an id of your own: creating it again is safe (default: a new one)")
        parser.add_argument("--queue", help="queue to wait in (default: the task function's)")
        parser.add_argument(
            "--priority", type=whole(-100, 100), metavar="N", help="-100 to 100, higher first (default: the function's)"
        )
        parser.add_argument(
            "--run-after",
            type=instant,
            metavar="WHEN",
            help="not before 2026-11-21T22:04:00Z, or so long from now: 90s, 5m, 2h, 1d",
        )
        parser.add_argument(
            "--expires-at",
            type=instant,
            metavar="WHEN",
            help="not at all unless it has started by then",
        )
        parser.add_argument(
            "--timeout",
            type=seconds,
            metavar="SECONDS",
            help="longest for one attempt (default: the function's)",
        )
        parser.add_argument(
            "--max-attempts", type=whole(1, 1000), metavar="N", help="how often it is tried (default: the function's)"
        )
        parser.add_argument("--wait", action="store_true", help="wait until it has ended, and print its result")
        parser.add_argument(
            "--wait-timeout", type=seconds, metavar="SECONDS", help="wait no longer than this; means --wait"
        )

    def run(self, client: Client, screen: Screen) -> Exit:
        try:
            placed, named = words.arguments(self.arguments)
        except words.BadWord as error:
            raise WrongUse(str(error)) from error
        chosen = client.using(
            id=self.id,
            queue=self.queue,
            priority=self.priority,
            run_after=self.run_after,
            expires_at=self.expires_at,
            timeout=self.timeout,
            max_attempts=self.max_attempts,
        )
        task = chosen.create(self.name, *placed, **named)
        if self.wait or self.wait_timeout is not None:
            return _print_result(task, self.wait_timeout, screen)
        if screen.as_json:
            screen.json(task.read())
        else:
            screen.say(task.id)
        return Exit.WELL


class StatusOf(Struct, frozen=True, kw_only=True):
    """say where tasks stand"""

    ids: Sequence[str]

    @staticmethod
    def declare(parser: ArgumentParser) -> None:
        add_ids(parser)

    def run(self, client: Client, screen: Screen) -> Exit:
        _print_tasks([client.task(key).read() for key in self.ids], screen)
        return Exit.WELL


class Result(Struct, frozen=True, kw_only=True):
    """print what a task returned; one that failed ends with 1 and its traceback"""

    id: str
    timeout: float | None

    @staticmethod
    def declare(parser: ArgumentParser) -> None:
        parser.add_argument("id", metavar="ID", help="id of a task")
        add_timeout(parser, "default: do not wait")

    def run(self, client: Client, screen: Screen) -> Exit:
        return _print_result(client.task(self.id), self.timeout or 0.0, screen)


class Wait(Struct, frozen=True, kw_only=True):
    """wait until tasks have ended; ends with 1 when one of them failed"""

    ids: Sequence[str]
    timeout: float | None

    @staticmethod
    def declare(parser: ArgumentParser) -> None:
        add_ids(parser)
        add_timeout(parser, "default: as long as it takes")

    def run(self, client: Client, screen: Screen) -> Exit:
        deadline = time.monotonic() + (float("inf") if self.timeout is None else self.timeout)
        try:
            tasks = [_ended_by(deadline, client.task(key)) for key in self.ids]
        except KeyboardInterrupt:
            screen.tell("Nobody waits any more; the tasks go on.")
            raise
        _print_tasks(tasks, screen)
        if any(not task.status.ended for task in tasks):
            return Exit.NOT_DONE
        return Exit.FAILED if any(task.status is Status.FAILED for task in tasks) else Exit.WELL


class Log(Struct, frozen=True, kw_only=True):
    """print what a task printed and logged"""

    id: str
    follow: bool

    @staticmethod
    def declare(parser: ArgumentParser) -> None:
        parser.add_argument("id", metavar="ID", help="id of a task")
        parser.add_argument("--follow", action="store_true", help="go on as lines come, until the task has ended")

    def run(self, client: Client, screen: Screen) -> Exit:
        told = 1
        for attempt, line in client.task(self.id).log(follow=self.follow):
            if screen.as_json:
                screen.json_line({"attempt": attempt.number, **msgspec.to_builtins(line)})
                continue
            if attempt.number != told:
                screen.tell(f"── attempt {attempt.number} on {attempt.worker}")
                told = attempt.number
            screen.say(line.text)
        return Exit.WELL


class List(Filtering, frozen=True, kw_only=True):
    """list tasks, the newest first"""

    limit: int

    @staticmethod
    def declare(parser: ArgumentParser) -> None:
        add_filter(parser)
        parser.add_argument(
            "--limit", type=whole(1, 10_000_000), default=50, metavar="N", help="so many at most (default 50)"
        )

    def run(self, client: Client, screen: Screen) -> Exit:
        _print_tasks(list(islice(client.tasks(self.filter(), at_once=min(self.limit, 200)), self.limit)), screen)
        return Exit.WELL


def _ended_by(deadline: float, task: TaskHandle) -> Task:
    """The task once it has ended, or as it is when the time is over."""
    try:
        return task.wait(max(0.0, deadline - time.monotonic()))
    except NotDone:
        return task.read()


def _print_result(task: TaskHandle, timeout: float | None, screen: Screen) -> Exit:
    try:
        ended = task.wait(timeout, told=screen.tell)
    except KeyboardInterrupt:
        screen.tell(f"The task goes on: wait for it with  python -m client result {task.id} --timeout 60")
        raise
    if screen.as_json:
        screen.json(ended)
        return Exit.FAILED if ended.status is Status.FAILED else Exit.WELL
    if ended.status is Status.FAILED:
        failed = TaskFailed(ended)
        if failed.traceback:
            screen.tell(failed.traceback.rstrip("\n"))
        screen.tell(str(failed))
        return Exit.FAILED
    screen.say(ended.result if isinstance(ended.result, str) else msgspec.json.encode(ended.result).decode())
    return Exit.WELL


def _print_tasks(tasks: Sequence[Row] | Sequence[Task], screen: Screen) -> None:
    if screen.as_json:
        screen.json(tasks)
    else:
        screen.table(_COLUMNS, [_columns(task) for task in tasks], "There is no such task.")


def _columns(task: Row) -> Sequence[Any]:
    seat = task.worker.topic if task.worker else None
    return task.id, task.name, task.queue, task.status, task.attempt, seat, task.created_at, _note(task)


def _note(task: Row) -> str | None:
    """What there is to say of a task beside its status."""
    if task.reason:
        return f"{task.reason}: {task.error}"
    if task.status is Status.RUNNING and task.progress is not None:
        share = "" if task.progress.fraction is None else f"{task.progress.fraction:.0%}"
        return f"{share} {task.progress.message or ''}".strip()
    return task.waiting
