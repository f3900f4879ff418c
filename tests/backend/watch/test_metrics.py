import re
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_families
from prometheus_client.parser import text_string_to_metric_families as plain_families

from backend.tasks import store
from backend.tasks.asking import Rejected
from backend.tasks.models import Queue, RejectedMessage, Task, Worker
from backend.watch import metrics as module
from backend.watch.heard import Heard
from backend.watch.metrics import Metrics
from tests.support.record import AVentilator, a_task
from wire.messages import OnResults

pytestmark = pytest.mark.django_db(transaction=True)

CANARY = "canary-7f3a"
CONTRACT = {
    "zonda_tasks_created": ("counter", {"queue"}),
    "zonda_tasks_settled": ("counter", {"queue", "status", "reason"}),
    "zonda_queue_depth": ("gauge", {"queue", "status"}),
    "zonda_queue_oldest_seconds": ("gauge", {"queue"}),
    "zonda_wait_seconds": ("histogram", {"name"}),
    "zonda_run_seconds": ("histogram", {"name"}),
    "zonda_workers": ("gauge", {"state"}),
    "zonda_worker_slots": ("gauge", {"state"}),
    "zonda_reports": ("counter", {"outcome"}),
    "zonda_live_waiters": ("gauge", set()),
    "zonda_rejected_messages": ("counter", set()),
}


def a_worker(topic: str, state: str, slots: int) -> None:
    Worker.objects.create(
        topic=topic,
        incarnation=topic,
        name="a",
        host="b",
        pid=1,
        queues=["*"],
        slots=slots,
        state=state,
        last_beat_at=datetime.now(UTC),
    )


@pytest.fixture
def heard():
    return Heard(lambda: {"backend.demo.tasks.echo": "echo"})


@pytest.fixture
def lively(heard):
    """A record in which something of everything has happened, and its metrics."""
    ventilator = AVentilator()
    store.take_in([Rejected(CANARY, "it is nested too deeply")] * 3)
    a_task(CANARY, queue="mail")
    a_task(CANARY, queue="mail")
    a_task(CANARY)
    a_task(CANARY, queue="mail", priority=3)
    reports: list[OnResults] = [
        ventilator.grant_one(queues=frozenset({"mail"})).succeeded(f'"{CANARY}"'.encode()),
        ventilator.grant_one(queues=frozenset({"default"})).failed(f"ValueError: {CANARY}"),
    ]
    heard.answered(zip(reports, store.report(reports), strict=True))
    a_worker("W1", "READY", 2)
    a_worker("W2", "READY", 3)
    a_worker("W3", "LOST", 1)
    return Metrics(heard, lambda: 7)


def values(metrics: Metrics) -> dict[tuple[str, ...], float]:
    """Every sample by its name and the values of its labels, in the order of the labels' names."""
    body, _ = metrics.exposed("")
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in plain_families(body.decode())
        for sample in family.samples
    }


def test_every_metric_of_the_contract_is_there_with_its_type_and_labels(lively):
    body, media = lively.exposed("")
    found = {family.name: family for family in plain_families(body.decode())}

    assert media.startswith("text/plain; version=0.0.4")
    for name, (kind, labels) in CONTRACT.items():
        family = found[name]
        assert (family.type, bool(family.documentation)) == (kind, True), name
        assert {label for s in family.samples for label in s.labels} - {"le"} == labels, name


def test_it_is_clean_by_the_rules_of_prometheus(lively):
    """Those of `promtool check metrics`, which is not on every machine."""
    text = lively.exposed("")[0].decode()
    helped = re.findall(r"^# HELP (\S+) (.+)$", text, re.MULTILINE)
    typed = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE))

    assert [name for name, _ in helped] == list(typed), "each has its help, once"
    for name, help_text in helped:
        assert help_text.strip(), name
        assert re.fullmatch("[a-z][a-z0-9_]*", name), name
        assert name.endswith("_total") == (typed[name] == "counter"), name
        assert not name.endswith(("_count", "_sum", "_bucket", "_info", "_created")), name
        assert not re.search(rf"_{typed[name]}(_|$)", name), name
        assert not re.search(r"_(ms|milliseconds|minutes|hours|kb|mb|percent)(_|$)", name), name
    for line in text.splitlines():
        if not line.startswith("#"):
            assert re.fullmatch(r'[a-z0-9_]+(\{([a-z]+="[^"\n]*",?)*\})? [0-9.e+-]+(Inf)?', line), line
    assert re.search(r"_created(\{| )", text) is None
    assert text.endswith("\n")


def test_it_is_open_metrics_for_who_asks_for_that(lively):
    body, media = lively.exposed("application/openmetrics-text;version=1.0.0,text/plain;q=0.5")

    assert media.startswith("application/openmetrics-text")
    assert CONTRACT.keys() <= {family.name for family in open_families(body.decode())}


def test_messages_that_were_rejected_are_counted_though_the_oldest_are_forgotten(heard, monkeypatch):
    monkeypatch.setattr(store.creating, "REJECTED_STAY", 5)
    found = Metrics(heard, lambda: 0)
    # Numbers go on where those of another test ended.
    store.take_in([Rejected("[", "it is nested too deeply")])
    before = values(found)["zonda_rejected_messages_total",]

    store.take_in([Rejected("[", "it is nested too deeply")] * 30)

    assert values(found)["zonda_rejected_messages_total",] - before == 30
    assert RejectedMessage.objects.count() == 5


def test_the_record_is_told_as_it_is(lively):
    found = values(lively)

    assert found["zonda_tasks_created_total", "mail"] == 3
    assert found["zonda_tasks_created_total", "default"] == 1
    assert found["zonda_tasks_settled_total", "mail", "", "FINISHED"] == 1
    assert found["zonda_tasks_settled_total", "default", "ERROR", "FAILED"] == 1
    assert found["zonda_queue_depth", "mail", "QUEUEING"] == 2
    assert found["zonda_queue_depth", "mail", "FINISHED"] == 1
    assert found["zonda_queue_depth", "default", "RUNNING"] == 0
    assert (found["zonda_workers", "READY"], found["zonda_worker_slots", "READY"]) == (2, 5)
    assert (found["zonda_workers", "LOST"], found["zonda_workers", "DRAINING"]) == (1, 0)
    assert found["zonda_live_waiters",] == 7
    assert found["zonda_rejected_messages_total",] == RejectedMessage.objects.latest("id").pk
    assert found["zonda_reports_total", "APPLIED"] == 2
    assert found["zonda_run_seconds_count", "echo"] == 2


def test_the_oldest_waits_since_it_was_created_and_nothing_waits_zero(lively):
    Task.objects.filter(queue="mail", status="QUEUEING").update(created_at=datetime.now(UTC) - timedelta(seconds=100))

    found = values(lively)

    assert 100 <= found["zonda_queue_oldest_seconds", "mail"] < 110
    assert found["zonda_queue_oldest_seconds", "default"] == 0


def test_no_restart_and_no_deletion_takes_anything_away(lively):
    before = values(lively)
    Task.objects.all().delete()

    after = values(Metrics(Heard(dict), lambda: 0))

    assert {key: value for key, value in before.items() if key[0].startswith("zonda_tasks_")} == {
        key: value for key, value in after.items() if key[0].startswith("zonda_tasks_")
    }


def test_no_argument_result_or_error_is_in_it(lively):
    assert CANARY.encode() not in lively.exposed("")[0]


def test_queues_beyond_so_many_share_a_series(heard, monkeypatch):
    monkeypatch.setattr(module, "MOST_QUEUES", 2)
    for number in range(5):
        Queue.objects.create(name=f"q{number}", created=10 + number, queueing=1)

    found = values(Metrics(heard, lambda: 0))

    created = {key[1]: value for key, value in found.items() if key[0] == "zonda_tasks_created_total"}
    assert created == {"q0": 10, "q1": 11, "other": 12 + 13 + 14}


def test_however_many_tasks_there_are_it_is_a_few_queries(lively, django_assert_max_num_queries):
    with django_assert_max_num_queries(8):
        lively.exposed("")
