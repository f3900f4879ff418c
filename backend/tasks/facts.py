"""The facts that `waiting` goes by, read for all tasks of a list in a fixed number of queries."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from itertools import batched
from typing import Final

from django.db import connection
from django.db.models import F

from backend.tasks.lifecycle import Outcome, Status
from backend.tasks.models import Attempt, Queue, Task, Worker, WorkerState
from backend.tasks.selectors import Load, loads, workers
from backend.tasks.waiting import COUNTED, Facts, Pause, Seat


def facts(tasks: Sequence[Task], seats: Sequence[Seat] | None = None) -> dict[int, Facts]:
    """The facts of those of the tasks that wait, by seq. The seats are read unless they are known."""
    waiting = [task for task in tasks if task.status == Status.QUEUEING]
    if not waiting:
        return {}
    there = _read_seats() if seats is None else seats
    pauses = _pauses({task.queue for task in waiting})
    last = _last_outcomes(task for task in waiting if task.due_at is not None and task.attempt)
    in_line = [task for task in waiting if task.holder is None and task.due_at is None and task.queue not in pauses]
    ahead = _ahead(in_line)
    return {
        task.seq: Facts(
            queue=task.queue,
            granted_to=task.worker_topic if task.holder is not None else None,
            cancelling=task.cancelling,
            due_at=task.due_at,
            attempt=task.attempt,
            last=last.get(task.seq),
            tries=task.tries,
            max_attempts=task.max_attempts,
            pause=pauses.get(task.queue),
            seats=there,
            ahead=ahead.get(task.seq, 0),
        )
        for task in waiting
    }


def _read_seats() -> list[Seat]:
    every = workers()
    return seats(every, loads(worker.incarnation for worker in every))


def seats(workers: Iterable[Worker], loads: Mapping[str, Load]) -> list[Seat]:
    """Those of these workers that are not lost, by the load of each incarnation that has any."""
    there = [worker for worker in workers if worker.state != WorkerState.LOST]
    return [_seat(worker, loads.get(worker.incarnation, Load())) for worker in there]


def _seat(worker: Worker, load: Load) -> Seat:
    return Seat(
        topic=worker.topic,
        queues=worker.queues,
        slots=worker.slots,
        held=load.current + load.pending,
        starting=worker.state == WorkerState.STARTING,
        draining=worker.state == WorkerState.DRAINING or worker.drain_asked,
    )


def _pauses(names: Iterable[str]) -> dict[str, Pause]:
    paused = Queue.objects.filter(name__in=names, paused=True)
    return {queue.name: Pause(queue.paused_at, queue.pause_reason) for queue in paused}


def _last_outcomes(tasks: Iterable[Task]) -> dict[int, Outcome]:
    seqs = [task.seq for task in tasks]
    ended = Attempt.objects.filter(task_id__in=seqs, outcome__isnull=False, number=F("task__attempt"))
    return {seq: Outcome(str(outcome)) for seq, outcome in ended.values_list("task_id", "outcome")}


# The index of what may be granted has each queue's tasks in this order: none of their rows is read. With `seq IN (…)`,
# as the ORM would have it, all of them are.
_LINE: Final = f"""
SELECT * FROM (
    SELECT queue, priority, seq FROM zonda_task
    WHERE status = 'QUEUEING' AND holder IS NULL AND due_at IS NULL AND queue = %s
    ORDER BY priority DESC, seq LIMIT {COUNTED + 1}
)
"""  # noqa: S608  (put together from our own words)

_TOGETHER: Final = 100
"""Queues in one statement; SQLite takes five hundred such parts."""


def _ahead(tasks: Sequence[Task]) -> Mapping[int, int]:
    """How many tasks of its queue are granted before each of these, up to one more than COUNTED."""
    lines: dict[str, list[tuple[int, int]]] = {}
    with connection.cursor() as cursor:
        for queues in batched(sorted({task.queue for task in tasks}), _TOGETHER):
            cursor.execute(" UNION ALL ".join([_LINE] * len(queues)), queues)
            for queue, priority, seq in cursor.fetchall():
                lines.setdefault(queue, []).append((-priority, seq))
    for line_of_queue in lines.values():
        line_of_queue.sort()
    return {task.seq: bisect_left(lines.get(task.queue, []), (-task.priority, task.seq)) for task in tasks}
