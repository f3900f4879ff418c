"""How many queues there may be: a further one is refused, unless one that has nothing makes room for it."""

from datetime import timedelta

import pytest

from backend.doctor import record as doctor
from backend.tasks import overview, store
from backend.tasks.engines import FORMER_QUEUES
from backend.tasks.models import Queue, RejectedMessage, Settled, Task
from backend.tasks.refusals import TooManyQueues
from backend.watch.heard import OTHER, Heard
from backend.watch.metrics import Metrics
from tests.backend.tasks.test_taking_in import a_message
from tests.backend.watch.test_metrics import values
from tests.support.record import AVentilator, a_draft, a_task, check_record

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def three(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three queues at most, each with a task."""
    monkeypatch.setattr(store.queues, "QUEUES_AT_MOST", 3)
    for queue in ("a", "b", "c"):
        a_task(1, queue=queue, id=queue)


def names() -> list[str]:
    return [queue.name for queue in overview.queues()]


def end(*queues: str) -> None:
    """Have everything in these queues end, and be pruned."""
    ventilator = AVentilator()
    for queue in queues:
        store.report([ventilator.grant_one(queues=frozenset({queue})).succeeded(b"1")])
    store.prune(ventilator.epoch, timedelta(seconds=-1), 100)


def test_a_task_in_a_further_queue_is_refused_and_so_are_those_that_come_with_it():
    with pytest.raises(TooManyQueues, match="'d' would be one more than 3 queues") as refusal:
        store.create([a_draft(1, queue="a"), a_draft(2, queue="d")])

    assert refusal.value.code == "TOO_LARGE"
    assert (names(), Task.objects.count()) == (["a", "b", "c"], 3)
    check_record()


def test_in_the_queues_that_are_there_tasks_go_on():
    store.create([a_draft(1, queue="a"), a_draft(2, queue="c")])

    assert Task.objects.count() == 5


def test_a_further_queue_is_not_paused():
    with pytest.raises(TooManyQueues):
        store.pause_queue("d")

    assert names() == ["a", "b", "c"]
    assert store.pause_queue("c").paused


def test_a_message_that_names_a_further_queue_is_kept_and_the_others_are_tasks():
    end("c")

    wanted = {"new": "d", "one too many": "e", "more": "a"}
    reasons = store.take_in([a_message(key=key.replace(" ", "-"), queue=queue) for key, queue in wanted.items()])

    assert [reason is None for reason in reasons] == [True, False, True]
    assert names() == ["a", "b", "d"]
    assert RejectedMessage.objects.get().reason == reasons[1] == str(TooManyQueues("e", 3))
    check_record()


def test_a_queue_that_has_nothing_makes_room_and_no_total_falls():
    end("b", "c")
    before = values(Metrics(Heard(dict), lambda: 0))

    a_task(1, queue="d")

    assert names() == ["a", "d"]
    found = Queue.objects.get(name=FORMER_QUEUES)
    assert (found.created, found.queueing + found.running + found.failed + found.finished) == (2, 0)
    assert list(Settled.objects.values_list("queue", "status", "total")) == [(FORMER_QUEUES, "FINISHED", 2)]
    after = values(Metrics(Heard(dict), lambda: 0))
    for total, labels in (("zonda_tasks_created_total", ()), ("zonda_tasks_settled_total", ("", "FINISHED"))):
        assert sum(before[total, queue, *labels] for queue in "bc") == after[total, OTHER, *labels] == 2
    check_record()
    assert not [finding for check in doctor.CHECKS for finding in check.look()]


def test_of_those_that_have_nothing_a_paused_one_stays():
    end("b", "c")
    store.pause_queue("c")

    a_task(1, queue="d")

    assert names() == ["a", "c", "d"]


def test_as_long_as_there_is_room_nothing_goes(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(store.queues, "QUEUES_AT_MOST", 4)
    end("b", "c")

    a_task(1, queue="d")

    assert names() == ["a", "b", "c", "d"]


def test_those_of_a_batch_make_no_room_for_each_other():
    end("b", "c")

    reasons = store.take_in([a_message(key=name, queue=name) for name in ("b", "d", "e")])

    assert [reason is None for reason in reasons] == [True, True, False]
    assert names() == ["a", "b", "d"]
