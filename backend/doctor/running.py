"""What only a Zonda that runs can be asked: whether its ventilator does what it is there for."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from django.db.models import Q, QuerySet
from django.utils import timezone

from backend.doctor import writing
from backend.doctor.findings import Check, Finding, breach
from backend.environment import Environment
from backend.tasks import facts, selectors
from backend.tasks.lifecycle import Status
from backend.tasks.models import Attempt, Queue, Task, Worker, WorkerState

SILENT_FOR: Final = timedelta(seconds=60)
"""After which nobody can still be there unheard: a worker is given up after 3 s of silence, and its row says within ten
seconds when it was last heard."""

IDLE_FOR: Final = timedelta(seconds=10)
"""After which a task that may start, and a worker with room that has started none, have waited for each other in vain:
L2 says one second."""

OVERDUE_BY: Final = timedelta(seconds=60)
"""After which what runs beyond its time limit and its grace has no worker that ends it: the outcome of one that was
killed is in the record within a second, and sent again each few seconds."""

PASSES: Final = 15.0
"""Seconds after which a ventilator that has just started has heard of everybody, or given them up; and a queue that was
just let go on, or a worker that has just come, has been granted what waited."""


def checks(environment: Environment) -> tuple[Check, ...]:
    """What can be asked of the ventilator of this home; while none runs there is nothing to find."""
    return (
        Check("beats", "a ventilator that runs hears of every worker", lambda: silence(environment), PASSES),
        Check("turn", "nobody keeps all others from writing", writing.standing),
        Check("L2", "what may start does where there is room", lambda: standstill(environment), PASSES),
        Check("limits", "nothing runs long after its time limit", lambda: overdue(environment), PASSES),
    )


def silence(environment: Environment) -> Iterator[Finding]:
    """What L3 rests on."""
    if environment.home.holder("ventilator") is None:
        return
    silent = Worker.objects.exclude(state=WorkerState.LOST).filter(last_beat_at__lt=timezone.now() - SILENT_FOR)
    if topics := sorted(silent.values_list("topic", flat=True)):
        yield breach(
            f"{len(topics)} workers are not lost and were last heard over {SILENT_FOR.total_seconds():g} s ago",
            topics,
            "The ventilator stands still, or cannot write: look into ventilator.log, and end it.",
        )


def standstill(environment: Environment) -> Iterator[Finding]:
    """L2"""
    if environment.home.holder("ventilator") is None:
        return
    every = selectors.workers()
    seats = facts.seats(every, selectors.loads(worker.incarnation for worker in every))
    # Who starts one task after the other has room now and then, and is looked at in such a moment.
    at_work = set(Task.objects.filter(started_at__gt=timezone.now() - IDLE_FOR).values_list("worker_topic", flat=True))
    idle = [seat for seat in seats if seat.takes and seat.held < seat.slots and seat.topic not in at_work]
    places = []
    for queue in Queue.objects.filter(paused=False, queueing__gt=0).order_by("name"):
        takers = [seat.topic for seat in idle if seat.serves(queue.name)]
        if takers and (key := _due(queue.name).values_list("key", flat=True).first()):
            places.append(f"queue {queue.name}, task {key}, {takers[0]}")
    if places:
        yield breach(
            f"tasks of {len(places)} queues wait though a worker has room and has started nothing for "
            f"{IDLE_FOR.total_seconds():g} s",
            places,
            "Either processes of that worker have not loaded the task functions yet, as its log says. Or the "
            "ventilator grants nothing: look into ventilator.log, and end it; the next one goes on.",
        )


def overdue(environment: Environment) -> Iterator[Finding]:
    """What L3 comes to for a task that has a limit."""
    if environment.home.holder("ventilator") is None:
        return
    now = timezone.now()
    # As many as there are slots, at most.
    limited = Attempt.objects.filter(outcome=None, task__status=Status.RUNNING, task__timeout__isnull=False)
    running = limited.order_by("id").values_list("started_at", "task__timeout", "task__grace", "task__key", "worker")
    places = [
        f"task {key}, {worker}"
        for started_at, timeout, grace, key, worker in running
        if started_at is not None
        and (now - started_at).total_seconds() > (timeout or 0.0) + grace + OVERDUE_BY.total_seconds()
    ]
    if places:
        yield breach(
            f"{len(places)} tasks run, and should have been ended over {OVERDUE_BY.total_seconds():g} s ago",
            places,
            "If the machine's clock was set ahead since, that is why. Else their worker does not end them, or nobody "
            "hears of it: look into its log and that of the sink, and end it; the task is then lost, and tried again.",
        )


def _due(queue: str) -> QuerySet[Task]:
    """What waits there, could be granted, and has come due longer than IDLE_FOR ago."""
    now = timezone.now()
    free = Task.objects.filter(queue=queue, status=Status.QUEUEING, holder=None, created_at__lt=now - IDLE_FOR)
    due = free.filter(Q(due_at=None) | Q(due_at__lt=now - IDLE_FOR))
    return due.filter(Q(expires_at=None) | Q(expires_at__gt=now)).order_by("seq")
