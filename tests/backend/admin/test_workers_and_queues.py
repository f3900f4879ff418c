from datetime import UTC, datetime

import pytest

from backend.tasks import store
from backend.tasks.models import Queue, RejectedMessage, Worker
from tests.support.record import AVentilator, X, a_task

pytestmark = pytest.mark.django_db(transaction=True)

WORKERS, QUEUES = "/admin/zonda/worker/", "/admin/zonda/queue/"


@pytest.fixture
def seated():
    ventilator = AVentilator()
    ventilator.seat(X, "W1", slots=2)
    ventilator.seat("of-w2", "W2", state="LOST")
    a_task()
    a_task()
    store.report([ventilator.grant_one().started()])
    ventilator.grant_one()
    return ventilator


def test_workers_are_listed_with_what_they_have(browser, seated):
    text = "".join(browser.page(WORKERS).text.split())

    assert "W1READYaworkerlocalhost1*1/1/2" in text
    assert "W2LOST" in text
    assert X in browser.page(f"{WORKERS}W1/change/").text


def test_a_worker_is_asked_to_drain_and_one_that_is_lost_cannot_be(browser, seated):
    page = browser.act(WORKERS, "drain", "W1", "W2")

    assert "Asked to drain: W1." in page.text
    assert "W2" in page.text
    assert list(Worker.objects.order_by("topic").values_list("drain_asked", flat=True)) == [True, False]


def test_queues_are_listed_and_filtered(browser):
    a_task(queue="mail")
    a_task(queue="reports")
    store.pause_queue("mail", "the printer is <b>away</b>")

    assert "the printer is <b>away</b>" in browser.page(QUEUES).text, "as text, not as HTML"
    assert "reports" not in browser.page(QUEUES, paused__exact="1").text
    assert "mail" not in browser.page(QUEUES, q="rep").text


def test_a_queue_is_paused_with_a_reason_and_resumed(browser):
    a_task(queue="mail")
    a_task(queue="reports")

    paused = browser.act(QUEUES, "pause", "mail", "reports", reason=" out of paper ")

    assert "Paused: mail, reports." in paused.text
    assert set(Queue.objects.values_list("paused", "pause_reason")) == {(True, "out of paper")}

    resumed = browser.act(QUEUES, "resume", "mail")

    assert "Resumed: mail." in resumed.text
    assert list(Queue.objects.order_by("name").values_list("paused", flat=True)) == [False, True]


def test_a_reason_that_cannot_be_kept_is_said_to_be_so(browser):
    a_task(queue="mail")

    page = browser.act(QUEUES, "pause", "mail", reason="x" * 5000)

    assert "No action selected" in page.text or "reason" in page.text
    assert not Queue.objects.get().paused


def test_rejected_messages_are_listed_and_shown(browser):
    RejectedMessage.objects.create(received_at=datetime.now(UTC), body='{"task": <b>', reason="no JSON")
    path = "/admin/zonda/rejectedmessage/"

    assert "no JSON" in browser.page(path).text
    assert '{"task": <b>' in browser.page(path).text
    assert "no JSON" in browser.page(f"{path}{RejectedMessage.objects.get().pk}/change/").text
    assert "0 rejected messages" in browser.page(path, q="nothing").text
