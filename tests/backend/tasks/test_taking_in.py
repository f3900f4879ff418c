"""What `store.take_in` makes of messages: tasks, refused tasks, and messages that are kept."""

from datetime import UTC, datetime

import pytest

from backend.tasks import overview, store
from backend.tasks.asking import Asked, Rejected, asked
from backend.tasks.models import Queue, RejectedMessage, Settled, Task
from tests.support.record import AVentilator, a_draft, a_task, check_record, tallied
from wire import codec

pytestmark = pytest.mark.django_db


def a_message(*args: object, key: str | None = "mine", task: str = "echo", **more: object) -> Asked:
    given = {"task": task, "args": list(args) or [None], **({"task-id": key} if key else {}), **more}
    piece = str(given).replace("'", '"').replace("None", "null").encode()
    ([ask], _) = codec.tasks_decoder.decode(piece)
    return asked(ask, piece)


def test_a_message_is_a_task_like_any_other(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as wakes:
        assert store.take_in([a_message(1, queue="mail", priority=3)]) == [None]

    task = Task.objects.get()
    assert (task.key, task.status, task.queue, task.priority, task.args) == ("mine", "QUEUEING", "mail", 3, [1])
    assert (Queue.objects.get().created, tallied()) == (1, {"created": 1})
    assert len(wakes) == 1
    check_record()


def test_it_can_be_granted():
    store.take_in([a_message(1)])
    ventilator = AVentilator()

    assert ventilator.grant_one().task_id == "mine"


def test_sent_twice_it_is_one_task():
    first = store.take_in([a_message(1)])
    again = store.take_in([a_message(1), a_message(1)])

    assert first + again == [None, None, None]
    assert Task.objects.count() == 1
    assert not RejectedMessage.objects.exists()
    check_record()


def test_sent_twice_in_one_batch_it_is_one_task():
    assert store.take_in([a_message(1), a_message(1)]) == [None, None]

    assert Queue.objects.get().created == 1
    check_record()


def test_it_is_the_same_task_as_that_of_a_request_with_its_id_and_content():
    a_task(1, id="mine")
    store.take_in([a_message(1)])
    store.take_in([a_message(2, key="other")])

    (same,) = store.create([a_draft(2, id="other")])

    assert Task.objects.count() == 2
    assert same.key == "other"
    assert not RejectedMessage.objects.exists()


@pytest.mark.parametrize("together", [True, False])
def test_the_same_id_with_other_content_is_kept_with_the_conflict(together):
    first, second = a_message(1), a_message(2)
    reasons = store.take_in([first, second]) if together else store.take_in([first]) + store.take_in([second])

    assert Task.objects.get().args == [1]
    kept = RejectedMessage.objects.get()
    assert reasons == [None, kept.reason]
    assert "'mine' belongs to a task with other content" in kept.reason
    assert kept.body == second.body
    check_record()


def test_a_refused_task_is_failed_from_the_start(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as wakes:
        assert store.take_in([a_message(1, task="nothing", queue="mail")]) == [None]

    task = Task.objects.get()
    assert (task.status, task.reason, task.queue, task.attempt) == ("FAILED", "REJECTED", "mail", 0)
    assert "There is no task function named 'nothing'" in (task.error or "")
    assert task.finished_at == task.created_at
    assert wakes == []
    check_record()


def test_a_refused_task_is_counted_as_created_and_as_failed():
    store.take_in([a_message(1), a_message(key="bad", task="nothing"), a_message(key="worse", task="nothing")])

    queue, settled = Queue.objects.get(), Settled.objects.get()
    assert (queue.created, queue.queueing, queue.failed) == (3, 1, 2)
    assert tallied() == {"created": 3, "failed": 2}
    assert (settled.queue, settled.status, settled.reason, settled.total) == ("default", "FAILED", "REJECTED", 2)
    check_record()


def test_refused_tasks_are_of_one_kind_of_failure_with_others_that_were_refused_alike():
    store.take_in([a_message(key=f"bad-{n}", task="nothing") for n in range(2)])
    store.take_in([a_message(key="worse", task="nobody"), a_message(1)])

    groups = {group.names[0]: group.count for group in overview.failure_groups(10)}
    assert groups == {"nothing": 2, "nobody": 1}


def test_a_refused_task_is_never_granted():
    store.take_in([a_message(task="nothing")])

    assert AVentilator().grant().grants == ()


def test_a_refused_message_sent_again_is_the_same_task():
    again = [store.take_in([a_message(task="nothing")]) for _ in range(2)]

    assert again == [[None], [None]]
    assert Task.objects.count() == 1
    assert Settled.objects.get().total == 1
    assert not RejectedMessage.objects.exists()


def test_a_refused_message_sent_again_when_its_function_is_there_is_still_the_same_task():
    refused, good = a_message(1, task="nothing"), a_message(1)
    store.take_in([refused])

    assert store.take_in([Asked(good.draft, refused.body, refused.as_refused)]) == [None]
    assert Task.objects.get().status == "FAILED"
    assert not RejectedMessage.objects.exists()


def test_what_cannot_be_read_is_kept_with_its_reason_and_hinders_nobody(monkeypatch):
    now = datetime(2026, 11, 21, 12, tzinfo=UTC)
    monkeypatch.setattr(type(store.engine), "now", lambda self: now)

    reasons = store.take_in([Rejected("\x00{]", "it is no \udcff JSON"), a_message(1), Rejected("[", "deep")])

    assert reasons == ["it is no \udcff JSON", None, "deep"]
    first, second = RejectedMessage.objects.order_by("id")
    assert (first.body, first.reason, first.received_at) == ("\\x00{]", "it is no \\udcff JSON", now)
    assert (second.body, second.reason) == ("[", "deep")
    assert Task.objects.get().status == "QUEUEING"


def test_only_the_newest_messages_are_kept(monkeypatch):
    monkeypatch.setattr(store.creating, "REJECTED_STAY", 10)
    monkeypatch.setattr(store.creating, "REJECTED_AT_ONCE", 6)

    for start in range(0, 25, 5):
        store.take_in([Rejected(str(number), "no") for number in range(start, start + 5)])

    assert [int(kept.body) for kept in RejectedMessage.objects.order_by("id")] == list(range(15, 25))


def test_a_great_many_messages_go_in_small_steps(monkeypatch):
    store.take_in([Rejected(str(number), "no") for number in range(50)])
    monkeypatch.setattr(store.creating, "REJECTED_STAY", 10)
    monkeypatch.setattr(store.creating, "REJECTED_AT_ONCE", 6)

    store.take_in([Rejected("one more", "no")])

    assert RejectedMessage.objects.count() == 45
    assert RejectedMessage.objects.order_by("id").first().body == "6"
