from datetime import timedelta

import pytest

from backend.tasks import store
from backend.tasks.models import Attempt, Task
from backend.watch import heard as module
from backend.watch.heard import OTHER, Heard
from tests.support.record import AVentilator, Grip, a_task
from wire.messages import Answer

pytestmark = pytest.mark.django_db

ECHO = "backend.demo.tasks.echo"


@pytest.fixture
def heard():
    return Heard(lambda: {ECHO: "echo"})


@pytest.fixture
def ventilator():
    return AVentilator()


def settled(heard: Heard, *reports) -> list[Answer]:
    answers = store.report(reports)
    heard.answered(zip(reports, answers, strict=True))
    return answers


def samples(metric) -> dict[str, float]:
    """How many observations each name has, and for a counter how often each label was counted."""
    return {
        "".join(sample.labels.values()): sample.value
        for family in metric.collect()
        for sample in family.samples
        if sample.name.endswith(("_count", "_total"))
    }


def total(metric) -> float:
    return float(sum(s.value for family in metric.collect() for s in family.samples if s.name.endswith("_sum")))


def shift(seconds: float) -> None:
    """Let every attempt have started so long after its task was created, and run twice as long."""
    for attempt in Attempt.objects.select_related("task"):
        started_at = attempt.task.created_at + timedelta(seconds=seconds)
        finished_at = started_at + timedelta(seconds=2 * seconds)
        Attempt.objects.filter(pk=attempt.pk).update(started_at=started_at, finished_at=finished_at)


def test_every_answer_is_counted_from_the_start(heard):
    assert samples(heard.reports) == dict.fromkeys([answer.value for answer in Answer], 0.0)

    heard.answered([(None, Answer.REFUSED), (None, Answer.UNKNOWN), (None, Answer.REFUSED)])

    assert samples(heard.reports) == {"APPLIED": 0, "DUPLICATE": 0, "STALE": 0, "UNKNOWN": 1, "REFUSED": 2}


def test_an_attempt_that_ended_tells_its_wait_and_its_run_under_its_name(heard, ventilator):
    a_task()
    grip = ventilator.grant_one()
    settled(heard, grip.succeeded())
    shift(0.5)

    assert samples(heard.run) == {}, "nothing is read before it is asked for"
    heard.look_up()

    assert (samples(heard.wait), samples(heard.run)) == ({"echo": 1}, {"echo": 1})
    assert total(heard.wait) == pytest.approx(0.5)
    assert total(heard.run) == pytest.approx(1.0)
    assert heard.waiting == 0


def test_the_wait_is_told_once_though_start_and_end_are_reported(heard, ventilator):
    a_task()
    grip = ventilator.grant_one()

    settled(heard, grip.started())
    heard.look_up()
    before = samples(heard.wait)
    settled(heard, grip.succeeded())
    heard.look_up()

    assert before == samples(heard.wait) == samples(heard.run) == {"echo": 1}


def test_a_start_that_comes_after_the_end_changes_nothing(heard, ventilator):
    a_task()
    grip = ventilator.grant_one()

    settled(heard, grip.failed())
    assert settled(heard, grip.started()) == [Answer.DUPLICATE]
    heard.look_up()

    assert samples(heard.wait) == samples(heard.run) == {"echo": 1}


def test_a_report_that_is_not_applied_tells_no_time(heard, ventilator):
    a_task()
    grip = ventilator.grant_one()

    settled(heard, grip.succeeded())
    settled(heard, grip.succeeded(), grip.failed())
    heard.look_up()

    assert samples(heard.run) == {"echo": 1}
    assert samples(heard.reports)["DUPLICATE"] + samples(heard.reports)["STALE"] == 2


def test_a_later_attempt_has_no_wait_of_its_own(heard, ventilator):
    a_task(max_attempts=2)
    settled(heard, ventilator.grant_one().failed())
    Task.objects.update(due_at=None)
    settled(heard, ventilator.grant_one().succeeded())
    heard.look_up()

    assert (samples(heard.wait), samples(heard.run)) == ({"echo": 1}, {"echo": 2})


def test_what_was_not_due_has_waited_since_it_was(heard, ventilator):
    task = a_task()
    grip = ventilator.grant_one()
    Task.objects.update(run_after=task.created_at + timedelta(seconds=9))
    settled(heard, grip.succeeded())
    shift(10.0)
    heard.look_up()

    assert total(heard.wait) == pytest.approx(1.0)


def test_ten_thousand_names_make_one_series(heard, ventilator):
    for _ in range(20):
        a_task()
    for number, task in enumerate(Task.objects.all()):
        Task.objects.filter(pk=task.pk).update(path=f"gone.tasks.t{number}", name=f"t{number}")
    for granted in ventilator.grant().grants:
        settled(heard, Grip(granted.task_id, granted.fence, granted.holder).succeeded())
    heard.look_up()

    assert samples(heard.run) == {OTHER: 20}


def test_what_nobody_looks_up_is_only_so_much(monkeypatch, ventilator):
    monkeypatch.setattr(module, "KEPT", 3)
    heard = Heard(lambda: {ECHO: "echo"})
    for _ in range(5):
        a_task()
        grip = ventilator.grant_one()
        settled(heard, grip.started())
        settled(heard, grip.succeeded())

    assert heard.waiting == 3
    assert len(heard._started) == 0


def test_a_task_that_was_deleted_meanwhile_is_left_out(heard, ventilator):
    a_task()
    settled(heard, ventilator.grant_one().succeeded())
    Attempt.objects.all().delete()
    heard.look_up()

    assert samples(heard.run) == {}


def test_many_are_looked_up_in_few_queries(heard, ventilator, django_assert_num_queries):
    for _ in range(1001):
        heard._marks.append(module._Mark(1, waited=True, ran=True))

    with django_assert_num_queries(3):
        heard.look_up()
