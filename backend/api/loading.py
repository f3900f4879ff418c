"""What one operation has read. A relation is read for all objects that came together, at the first that asks for it."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from graphql import GraphQLResolveInfo
from msgspec import Struct, field

from backend.api.values import ANSWERED_AT_MOST, Values
from backend.tasks import failures, minutes, selectors
from backend.tasks.facts import facts, seats
from backend.tasks.lifecycle import Status
from backend.tasks.minutes import Stats, Window
from backend.tasks.models import Attempt, Event, LogLine, Queue, Task, Worker, WorkerState
from backend.tasks.oldest import oldest_queued
from backend.tasks.overview import FailureGroup
from backend.tasks.registry import TaskType, registry
from backend.tasks.selectors import Load, worker_topic
from backend.tasks.waiting import Facts, Seat


class Viewer(Struct):
    """Who asks, as resolvers see it in `info.context`, and what has been read for it so far.

    The record stands `still` for a query: what it shows in several places is read once. A mutation changes it.
    """

    service: bool = False
    still: bool = False
    values: Values = field(default_factory=lambda: Values(ANSWERED_AT_MOST))
    _tasks: dict[int, Task] = field(default_factory=dict)
    _attempts: dict[int, list[Attempt]] = field(default_factory=dict)
    _workers: dict[str, Worker | None] = field(default_factory=dict)
    _seen: dict[str, Worker] = field(default_factory=dict)
    _every_worker: list[Worker] | None = None
    _seats: list[Seat] | None = None
    _loads: dict[str, Load] = field(default_factory=dict)
    _held: dict[str, list[Task]] = field(default_factory=dict)
    _lost_with: dict[int, dict[str, list[Task]]] = field(default_factory=dict)
    _oldest: dict[str, datetime | None] = field(default_factory=dict)
    _every_oldest: dict[str, datetime] | None = None
    _first_starts: dict[int, datetime | None] = field(default_factory=dict)
    _events: dict[int, list[Event]] = field(default_factory=dict)
    _log: dict[tuple[int, int], dict[int, list[LogLine]]] = field(default_factory=dict)
    _facts: dict[int, Facts] = field(default_factory=dict)
    _queues: set[str] = field(default_factory=set)
    _failures: dict[str, FailureGroup] = field(default_factory=dict)
    _frames: dict[str, str] = field(default_factory=dict)
    _windows: dict[tuple[int, bool], Window] = field(default_factory=dict)
    _of_queues: dict[tuple[Window, bool], dict[str, Stats]] = field(default_factory=dict)
    _of_types: dict[tuple[Window, bool], dict[str, Stats]] = field(default_factory=dict)
    _of_failures: dict[Window, dict[str, dict[datetime, int]]] = field(default_factory=dict)

    def saw_tasks(self, tasks: Sequence[Task]) -> Sequence[Task]:
        """Take note of tasks whose relations may be asked for together."""
        self._tasks.update((task.seq, task) for task in tasks)
        return tasks

    def workers(self) -> list[Worker]:
        """Every worker, by the number of its topic. Only for a query."""
        return self.saw_workers(self._all_workers())

    def saw_workers(self, workers: Iterable[Worker]) -> list[Worker]:
        """Take note of workers whose relations may be asked for together."""
        listed = list(workers)
        self._seen.update((worker.incarnation, worker) for worker in listed)
        return listed

    def saw_queues(self, queues: list[Queue]) -> list[Queue]:
        """Take note of queues whose figures may be asked for together."""
        self._queues.update(queue.name for queue in queues)
        return queues

    def saw_failures(self, groups: Sequence[FailureGroup]) -> None:
        """Take note of kinds of failures whose figures may be asked for together, and of their samples."""
        self._failures.update((group.key, group) for group in groups)
        self.saw_tasks([group.sample for group in groups])

    def attempts(self, task: Task) -> list[Attempt]:
        if task.seq not in self._attempts:
            missing = [seq for seq in {**self._tasks, task.seq: task} if seq not in self._attempts]
            found = selectors.attempts(missing)
            self._attempts.update((seq, found.get(seq, [])) for seq in missing)
        return self._attempts[task.seq]

    def first_started_at(self, task: Task) -> datetime | None:
        """Of most tasks their row tells it: of those that had one attempt."""
        if not _was_tried_again(task):
            return task.started_at
        if task.seq not in self._first_starts:
            others = {**self._tasks, task.seq: task}
            missing = [
                seq for seq, other in others.items() if _was_tried_again(other) and seq not in self._first_starts
            ]
            found = selectors.first_starts(missing)
            self._first_starts.update((seq, found.get(seq)) for seq in missing)
        return self._first_starts[task.seq]

    def events(self, task: Task) -> list[Event]:
        if task.seq not in self._events:
            missing = [seq for seq in {**self._tasks, task.seq: task} if seq not in self._events]
            found = selectors.events(missing)
            self._events.update((seq, found.get(seq, [])) for seq in missing)
        return self._events[task.seq]

    def log(self, attempt: Attempt, *, after: int, limit: int) -> list[LogLine]:
        read = self._log.setdefault((after, limit), {})
        if attempt.fence not in read:
            fences = {other.fence for attempts in self._attempts.values() for other in attempts} | {attempt.fence}
            missing = fences - read.keys()
            found = selectors.log_lines(missing, after=after, limit=limit)
            read.update((fence, found.get(fence, [])) for fence in missing)
        return read[attempt.fence]

    def facts(self, task: Task) -> Facts | None:
        """The facts of a task that waits, None of any other."""
        if task.status != Status.QUEUEING:
            return None
        if task.seq not in self._facts:
            others = {**self._tasks, task.seq: task}
            missing = [other for seq, other in others.items() if seq not in self._facts]
            self._facts.update(facts(missing, self._known_seats()))
        return self._facts[task.seq]

    def _known_seats(self) -> list[Seat] | None:
        if self.still and self._seats is None:
            every = self._all_workers()
            self._seats = seats(every, self._loads_of([worker.incarnation for worker in every]))
        return self._seats

    def _all_workers(self) -> list[Worker]:
        if self._every_worker is None:
            self._every_worker = selectors.workers()
        return self._every_worker

    def worker(self, task: Task) -> Worker | None:
        topic = worker_topic(task)
        if topic is None:
            return None
        if topic not in self._workers:
            topics = {worker_topic(other) for other in (*self._tasks.values(), task)}
            missing = [other for other in topics if other is not None and other not in self._workers]
            found = selectors.workers_at(missing)
            self.saw_workers(found.values())
            self._workers.update((other, found.get(other)) for other in missing)
        return self._workers[topic]

    def load(self, worker: Worker) -> Load:
        if worker.incarnation not in self._loads:
            self._loads_of([*self._seen, worker.incarnation])
        return self._loads[worker.incarnation]

    def _loads_of(self, incarnations: Iterable[str]) -> dict[str, Load]:
        missing = [one for one in incarnations if one not in self._loads]
        found = selectors.loads(missing)
        self._loads.update((one, found.get(one, Load())) for one in missing)
        return self._loads

    def held(self, worker: Worker) -> list[Task]:
        if worker.incarnation not in self._held:
            missing = [one for one in (*self._seen, worker.incarnation) if one not in self._held]
            found = selectors.held(missing)
            self._held.update((one, found.get(one, [])) for one in missing)
            self.saw_tasks([task for tasks in found.values() for task in tasks])
        return self._held[worker.incarnation]

    def lost_with(self, worker: Worker, *, limit: int) -> list[Task]:
        """The tasks that were lost with a LOST worker; none of any other."""
        if worker.state != WorkerState.LOST:
            return []
        read = self._lost_with.setdefault(limit, {})
        if worker.incarnation not in read:
            lost = {one.incarnation for one in self._seen.values() if one.state == WorkerState.LOST}
            missing = (lost | {worker.incarnation}) - read.keys()
            found = selectors.lost_with(missing, limit=limit)
            read.update((one, found.get(one, [])) for one in missing)
            self.saw_tasks([task for tasks in found.values() for task in tasks])
        return read[worker.incarnation]

    def oldest_queued_at(self, queue: Queue) -> datetime | None:
        if self._every_oldest is not None:
            return self._every_oldest.get(queue.name)
        if queue.name not in self._oldest:
            missing = {*self._queues, queue.name} - self._oldest.keys()
            found = oldest_queued(missing)
            self._oldest.update((name, found.get(name)) for name in missing)
        return self._oldest[queue.name]

    def every_oldest_queued(self) -> dict[str, datetime]:
        """By queue, of every queue in which anything waits: since when."""
        if self._every_oldest is None:
            self._every_oldest = oldest_queued()
        return self._every_oldest

    def window(self, number: int, *, last_counted: bool) -> Window:
        """The same minutes whenever one operation asks for as many."""
        if (number, last_counted) not in self._windows:
            self._windows[number, last_counted] = minutes.window(number, datetime.now(UTC), last_counted=last_counted)
        return self._windows[number, last_counted]

    def stats_of_queue(self, queue: Queue, window: Window, *, by_minute: bool) -> Stats:
        found = self._of_queues.setdefault((window, by_minute), {})
        if queue.name not in found:
            missing = {*self._queues, queue.name} - found.keys()
            found.update(minutes.of_queues(window, missing, by_minute=by_minute))
        return found[queue.name]

    def stats_of_type(self, kind: TaskType, window: Window, *, by_minute: bool) -> Stats:
        if (window, by_minute) not in self._of_types:
            paths = {other.path for other in registry().types}
            self._of_types[window, by_minute] = minutes.of_paths(window, paths, by_minute=by_minute)
        return self._of_types[window, by_minute][kind.path]

    def failed_in(self, group: FailureGroup, window: Window) -> dict[datetime, int]:
        """How many tasks of the group failed in which minute."""
        if window not in self._of_failures:
            self._of_failures[window] = minutes.of_failures(window, self._failures.keys())
        return self._of_failures[window][group.key]

    def frame_of(self, group: FailureGroup) -> str:
        """Where its sample failed; empty where its last attempt left no traceback."""
        if group.key not in self._frames:
            missing = [other for key, other in self._failures.items() if key not in self._frames]
            told = selectors.last_tracebacks([other.sample.seq for other in missing])
            self._frames.update((other.key, failures.frame(told.get(other.sample.seq, ""))) for other in missing)
        return self._frames[group.key]


def _was_tried_again(task: Task) -> bool:
    """Whether it had more than the attempt that its row tells of, or is about to have more: by hand, or by itself."""
    return task.attempt > 1 or (task.attempt == 1 and task.started_at is None)


def viewer(info: GraphQLResolveInfo) -> Viewer:
    """Who asks, in a resolver."""
    found: Viewer = info.context
    return found
