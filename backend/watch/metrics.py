"""The metrics, by the names that the contract promises.

What has been created and settled is read from the record, which counts it for ever: no restart takes anything away.
Nothing of a task but its queue and its registered name is in them, and both are bounded.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Final

from django.db.models import Max
from prometheus_client import CollectorRegistry, Gauge, ProcessCollector, disable_created_metrics, openmetrics
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from backend.tasks import selectors
from backend.tasks.engines import FORMER_QUEUES
from backend.tasks.lifecycle import Status
from backend.tasks.models import Queue, RejectedMessage, Settled, Worker, WorkerState
from backend.tasks.oldest import oldest_queued
from backend.watch.heard import OTHER, Heard

MOST_QUEUES: Final = 500
"""Queues that have series of their own, by name; the others share one."""

PLAIN: Final = "text/plain; version=0.0.4; charset=utf-8"
OPEN: Final = "application/openmetrics-text; version=1.0.0; charset=utf-8"

# A series beside each counter that says when it began: the counters here began with the record.
disable_created_metrics()  # type: ignore[no-untyped-call]


class Metrics:
    """All metrics of this process and of the record. `waiters` is how many long polls wait."""

    def __init__(self, heard: Heard, waiters: Callable[[], int]) -> None:
        self._heard = heard
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(Record())
        for collector in (heard.reports, heard.wait, heard.run):
            self._registry.register(collector)
        Gauge("zonda_live_waiters", "Long polls that wait.", registry=self._registry).set_function(waiters)
        ProcessCollector(registry=self._registry)

    def exposed(self, accept: str) -> tuple[bytes, str]:
        """The metrics as they go out, and their media type. Reads the record. Raises DatabaseError."""
        self._heard.look_up()
        with selectors.snapshot():
            if "application/openmetrics-text" in accept:
                return openmetrics.exposition.generate_latest(self._registry), OPEN  # type: ignore[no-untyped-call]
            return generate_latest(self._registry), PLAIN


class Record(Collector):
    """What the record tells, read at each scrape: a few small tables, however many tasks there are."""

    def collect(self) -> Iterator[Metric]:
        queues = list(Queue.objects.order_by("name"))
        named = _Named(queue.name for queue in queues)
        yield _created(queues, named)
        yield _settled(named)
        yield _depth(queues, named)
        yield _oldest(queues, named)
        yield from _workers()
        yield _rejected()


class _Named:
    """The label of each queue."""

    def __init__(self, queues: Iterable[str]) -> None:
        self._own = frozenset(islice((queue for queue in queues if queue != FORMER_QUEUES), MOST_QUEUES))

    def __call__(self, queue: str) -> str:
        return queue if queue in self._own else OTHER


def _created(queues: Iterable[Queue], named: _Named) -> Metric:
    family = CounterMetricFamily("zonda_tasks_created", "Tasks created, ever.", labels=["queue"])
    _add(family, (((named(queue.name),), queue.created) for queue in queues))
    return family


def _settled(named: _Named) -> Metric:
    text = "Tasks that have ended, ever; one that was retried by hand ends once more."
    family = CounterMetricFamily("zonda_tasks_settled", text, labels=["queue", "status", "reason"])
    rows = Settled.objects.order_by("queue", "status", "reason")
    _add(family, (((named(row.queue), row.status, row.reason), row.total) for row in rows))
    return family


def _depth(queues: Iterable[Queue], named: _Named) -> Metric:
    family = GaugeMetricFamily("zonda_queue_depth", "Tasks in the record.", labels=["queue", "status"])
    _add(
        family,
        (
            ((named(queue.name), status.value), getattr(queue, status.value.lower()))
            for queue in queues
            for status in Status
        ),
    )
    return family


def _oldest(queues: Iterable[Queue], named: _Named) -> Metric:
    text = "For how long the task that waits longest could have been running; 0 when none waits."
    family = GaugeMetricFamily("zonda_queue_oldest_seconds", text, labels=["queue"])
    now, since = datetime.now(UTC), oldest_queued()
    ages: dict[str, float] = {}
    for queue in queues:
        age = max(0.0, (now - since.get(queue.name, now)).total_seconds())
        ages[named(queue.name)] = max(age, ages.get(named(queue.name), 0.0))
    for label, age in ages.items():
        family.add_metric([label], age)
    return family


def _workers() -> Iterator[Metric]:
    numbers: Mapping[str, int]
    slots: Mapping[str, int]
    numbers, slots = defaultdict(int), defaultdict(int)
    for state, of_it in Worker.objects.values_list("state", "slots"):
        numbers[state] += 1
        slots[state] += of_it
    workers = GaugeMetricFamily("zonda_workers", "Workers.", labels=["state"])
    capacity = GaugeMetricFamily("zonda_worker_slots", "Tasks that workers can run at once.", labels=["state"])
    for state in WorkerState:
        workers.add_metric([state.value], numbers[state.value])
        capacity.add_metric([state.value], slots[state.value])
    yield workers
    yield capacity


def _rejected() -> Metric:
    """Their numbers are given one after the other, and the newest are never forgotten."""
    newest = RejectedMessage.objects.aggregate(newest=Max("id"))["newest"]
    family = CounterMetricFamily("zonda_rejected_messages", "Messages on TASKS that could not become tasks, ever.")
    family.add_metric([], newest or 0)
    return family


def _add(family: CounterMetricFamily | GaugeMetricFamily, values: Iterable[tuple[tuple[str, ...], int]]) -> None:
    """The values, those with the same labels together."""
    sums: dict[tuple[str, ...], int] = {}
    for labels, value in values:
        sums[labels] = sums.get(labels, 0) + value
    for labels, value in sums.items():
        family.add_metric(list(labels), value)
