"""What several threads and processes do to one record at the same moment. Every commit here is a real one."""

import signal

import pytest
from django.db import connection

from backend.tasks import store
from backend.tasks.lifecycle import Cause
from backend.tasks.models import Attempt, Queue, Task
from backend.tasks.refusals import Conflict
from tests.support.record import AVentilator, X, Y, a_draft, a_task, check_record
from tests.support.together import a_process, run_together, together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def record():
    yield
    check_record()
    store.engine.close()


def test_the_same_id_created_by_many_threads_is_one_task():
    drafts = [a_draft(1, id="mine") for _ in range(6)]

    created = together(*(lambda draft=draft: store.create([draft])[0].seq for draft in drafts))

    assert created == [Task.objects.get().seq] * 6
    assert Queue.objects.get().queueing == 1


def test_the_same_id_with_other_content_is_won_by_one_thread():
    drafts = [a_draft(n, id="mine") for n in range(6)]

    created = together(*(lambda draft=draft: store.create([draft])[0].args for draft in drafts))

    won = [args for args in created if not isinstance(args, BaseException)]
    assert won == [Task.objects.get().args]
    assert sum(isinstance(error, Conflict) for error in created) == 5


def test_the_same_id_created_by_several_processes_is_one_task():
    code = """
from backend.tasks import drafts, store
for n in range(20):
    (task,) = store.create([drafts.draft(name="echo", args=[n], id=f"mine-{n}")])
    print(task.seq)
"""
    printed = run_together(code, [[], [], []])

    assert printed[0] == printed[1] == printed[2]
    assert Task.objects.count() == Queue.objects.get().queueing == 20


def test_what_two_threads_grant_at_once_each_task_goes_to_one_of_them():
    ventilator = AVentilator()
    store.create([a_draft(n) for n in range(60)])

    def grant_all(holder: str) -> list[str]:
        granted: list[str] = []
        while found := ventilator.grant(4, to=holder).grants:
            granted.extend(task.task_id for task in found)
        return granted

    first, second = together(lambda: grant_all(X), lambda: grant_all(Y))

    assert isinstance(first, list)
    assert isinstance(second, list)
    assert len(first) + len(second) == len({*first, *second}) == 60
    assert Task.objects.filter(holder=X).count() == len(first)


def test_report_and_closing_at_once_settle_each_task_one_way():
    ventilator = AVentilator()
    store.create([a_draft(n) for n in range(40)])
    grips = [ventilator.grant_one() for _ in range(40)]

    def report() -> list[str]:
        return [store.report([grip.succeeded()])[0].value for grip in grips]

    def close() -> list[str]:
        for grip in reversed(grips):
            store.close(ventilator.epoch, [grip.closing(Cause.HANDED_BACK)])
        return []

    answers, _ = together(report, close)

    assert isinstance(answers, list)
    assert {"APPLIED", "STALE"} >= set(answers)
    for grip, answer in zip(grips, answers, strict=True):
        expected = ("FINISHED", 1) if answer == "APPLIED" else ("QUEUEING", 0)
        assert (grip.row().status, grip.row().attempt) == expected


def test_the_same_report_sent_by_several_threads_applies_once():
    ventilator = AVentilator()
    ventilator.seat()
    store.create([a_draft(n) for n in range(10)])
    grips = [ventilator.grant_one() for _ in range(10)]
    reports = [report for grip in grips for report in (grip.started(), grip.succeeded())]

    answers = together(*[lambda: [answer.value for answer in store.report(reports)]] * 4)

    applied = [each for each in answers if each == ["APPLIED"] * 20]
    assert len(applied) == 1
    assert sorted(map(str, answers))[1:] == [str(["DUPLICATE"] * 20)] * 3
    assert Attempt.objects.count() == 10


def test_a_newer_epoch_stops_the_older_ventilator_between_two_grants():
    old = AVentilator()
    store.create([a_draft(n) for n in range(5)])

    def take_over() -> None:
        store.raise_epoch(0)

    def grant() -> int:
        granted = 0
        while store.engine.epoch() == old.epoch:
            granted += len(old.grant(1).grants)
        return granted

    granted, _ = together(grant, take_over)

    assert isinstance(granted, (int, store.NewerEpoch))
    with pytest.raises(store.NewerEpoch):
        old.grant(1)


def test_a_process_killed_in_its_transaction_leaves_nothing_and_stops_nobody():
    process = a_process("""
from backend.tasks import drafts, store
with store.transaction():
    store.create([drafts.draft(name="echo", args=[1], id="never")])
    print("written", flush=True)
    sys.stdin.readline()
""")
    with process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline().strip() == "ready"
        process.stdin.write("go\n")
        process.stdin.flush()
        assert process.stdout.readline().strip() == "written"
        process.send_signal(signal.SIGKILL)
    connection.close()

    a_task(1, id="mine")

    assert [task.key for task in Task.objects.all()] == ["mine"]


def test_a_process_killed_after_its_commit_leaves_the_task():
    process = a_process("""
import os, signal
from backend.tasks import drafts, store
store.create([drafts.draft(name="echo", args=[1], id="kept")])
os.kill(os.getpid(), signal.SIGKILL)
""")
    process.communicate("go\n", timeout=60)

    assert process.returncode == -signal.SIGKILL
    assert Task.objects.get().key == "kept"
