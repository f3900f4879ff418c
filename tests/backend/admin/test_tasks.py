from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from backend.admin import read_only, tasks
from backend.admin.operator import Operator
from backend.admin.site import Messages, site
from backend.tasks import store
from backend.tasks.models import Attempt, Event, LogLine, Task
from tests.support.record import AVentilator, a_task, check_record

pytestmark = pytest.mark.django_db(transaction=True)

TASKS = "/admin/zonda/task/"


@pytest.fixture
def ventilator():
    return AVentilator()


@pytest.fixture
def three(ventilator):
    """One that has FAILED, one that has FINISHED and one that waits, in this order."""
    failed, finished = a_task(1, id="broken"), a_task(2, id="done")
    store.report(
        [ventilator.grant_one().failed("ValueError: <b>no</b>"), ventilator.grant_one().succeeded(b'{"a": 1}')]
    )
    return failed, finished, a_task(3, id="waits", queue="mail")


def status(task: Task) -> str:
    return Task.objects.get(seq=task.seq).status


def listed(page) -> list[str]:
    return [key for key in ("broken", "done", "waits") if f"\n{key}\n" in page.text.replace(key, f"\n{key}\n")]


def test_the_list_says_what_each_task_is_and_how_many_there_are(browser, three):
    page = browser.page(TASKS)

    for word in ("broken", "FAILED", "ERROR", "done", "FINISHED", "waits", "QUEUEING", "mail", "3 tasks"):
        assert word in page.text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"status": "FAILED"}, ["broken"]),
        ({"status": "FINISHED", "queue": "default"}, ["done"]),
        ({"queue": "mail"}, ["waits"]),
        ({"reason": "ERROR"}, ["broken"]),
        ({"path": "backend.demo.tasks.echo"}, ["broken", "done", "waits"]),
        ({"path": "backend.demo.tasks.add"}, []),
        ({"q": "brok"}, ["broken"]),
        ({"q": "ValueError"}, ["broken"]),
        ({"q": "echo"}, ["broken", "done", "waits"]),
        ({"q": "%"}, []),
        ({"q": "nothing at all"}, []),
    ],
    ids=str,
)
def test_it_is_filtered_and_searched(browser, three, query, found):
    page = browser.page(TASKS, **query)

    assert listed(page) == found
    assert f"{len(found)} task{'' if len(found) == 1 else 's'}" in page.text


@pytest.mark.parametrize("lookup", ["error__regex", "key__iregex", "attempts__traceback__contains", "digest"])
def test_nothing_else_can_be_asked_for_in_the_address(browser, lookup):
    assert browser.get(TASKS, **{lookup: "(a+)+$"}).status == 400


def asked(**query: str) -> list[str]:
    """The queries of the list."""
    request = RequestFactory().get(TASKS, query)
    request.user = Operator()  # type: ignore[assignment]
    request._messages = Messages(request)  # type: ignore[attr-defined]
    with CaptureQueriesContext(connection) as queries:
        response: Any = site._registry[Task].changelist_view(request)
        response.render()
    return [query["sql"] for query in queries]


@pytest.mark.parametrize("query", [{}, {"status": "FAILED"}, {"queue": "mail"}, {"status": "FAILED", "queue": "mail"}])
def test_a_million_rows_are_not_counted_where_the_record_knows_how_many(three, query):
    assert [sql for sql in asked(**query) if "COUNT(" in sql.upper()] == []


def test_elsewhere_only_so_many_are_counted(three, monkeypatch):
    [counting] = [sql for sql in asked(reason="ERROR") if "COUNT(" in sql.upper()]
    assert f"LIMIT {read_only.COUNTED}" in counting

    monkeypatch.setattr(read_only, "COUNTED", 2)
    assert read_only.Pages(Task.objects.order_by("seq"), 50).count == 2


def test_a_whole_id_is_found_by_its_index(three):
    a_task(1, id="broken-not")

    [listing] = [sql for sql in asked(q="broken") if "DESC" in sql]

    assert "LIKE" not in listing
    assert '"key" = ' in listing


def test_a_reason_is_looked_for_among_what_has_failed(three):
    [listing] = [sql for sql in asked(reason="ERROR") if "DESC" in sql]

    assert '"status" = ' in listing


def test_the_list_reads_nothing_large(three):
    for sql in asked():
        for column in ("args", "kwargs", "result", "error"):
            assert f'"{column}"' not in sql.partition("FROM")[0], sql


def test_a_task_is_shown_with_its_arguments_its_attempts_and_its_log(browser, three):
    task = three[0]
    fence = Attempt.objects.get(task=task).fence
    for number in (1, 2):
        LogLine.objects.create(
            task=task, fence=fence, number=number, at=datetime.now(UTC), stream="stdout", text=f"<i>line</i> {number}"
        )

    response = browser.get(f"{TASKS}{task.seq}/change/")
    text = response.body.decode()

    assert "ValueError: &lt;b&gt;no&lt;/b&gt;" in text
    assert "Traceback: no" in text
    assert text.index("&lt;i&gt;line&lt;/i&gt; 1") < text.index("&lt;i&gt;line&lt;/i&gt; 2")
    assert "<b>no</b>" not in text
    assert "_save" not in text


def test_a_result_is_shown_as_json(browser, three):
    assert '"a": 1' in browser.page(f"{TASKS}{three[1].seq}/change/").text


def test_what_is_large_is_cut(browser, monkeypatch):
    monkeypatch.setattr(tasks, "LONGEST", 100)
    task = a_task("x" * 5000)

    text = browser.page(f"{TASKS}{task.seq}/change/").text

    assert "x" * 90 in text
    assert "x" * 200 not in text
    assert "characters in all" in text


@pytest.mark.parametrize("seq", ["99999", "x", "-1", "1'--"])
def test_a_task_that_is_not_there_is_said_to_be_so(browser, seq):
    assert "doesn’t exist" in browser.page(f"{TASKS}{seq}/change/").text


def test_retry_opens_a_new_round_of_what_has_ended_and_says_what_stayed(browser, three):
    page = browser.act(TASKS, "retry", *(task.seq for task in three))

    assert "2 tasks retried. 1 task had not ended and stayed as they were." in page.text
    assert [status(task) for task in three] == ["QUEUEING"] * 3
    assert set(Event.objects.values_list("kind", "by")) == {("retried", "admin")}
    check_record()


def test_cancel_ends_what_waits_and_says_what_stayed(browser, three):
    page = browser.act(TASKS, "cancel", *(task.seq for task in three))

    assert "1 task cancelled. 2 tasks had ended already and stayed as they were." in page.text
    assert [status(task) for task in three] == ["FAILED", "FINISHED", "FAILED"]
    assert Task.objects.get(key="waits").reason == "CANCELLED"
    check_record()


def test_delete_asks_first(browser, three):
    question = browser.act(TASKS, "delete", *(task.seq for task in three))

    assert "2 tasks that have ended will be taken off the record" in question.text
    assert "1 of the chosen has not ended and will stay" in question.text
    assert Task.objects.count() == 3

    answer = browser.act(TASKS, "delete", *(task.seq for task in three), confirmed="1")

    assert "2 tasks deleted." in answer.text
    assert list(Task.objects.values_list("key", flat=True)) == ["waits"]
    check_record()


def test_the_question_sends_what_was_chosen_to_the_list_as_it_was_filtered(browser, three):
    fields = {"action": "delete", "index": "0", "select_across": "1", "_selected_action": [str(three[0].seq)]}
    response = browser.submit(TASKS, fields, status="FAILED")
    html = response.body.decode()
    assert 'action="/admin/zonda/task/?status=FAILED"' in html
    assert 'name="select_across" value="1"' in html

    browser.submit(TASKS, {**fields, "confirmed": "1"}, status="FAILED")

    assert list(Task.objects.order_by("seq").values_list("key", flat=True)) == ["done", "waits"]


def test_nothing_to_delete_is_said_to_be_so(browser, three):
    assert "None of the chosen tasks has ended" in browser.act(TASKS, "delete", three[2].seq).text


def test_all_that_a_filter_fits_can_be_chosen_at_once(browser, three):
    fields = {"action": "cancel", "index": "0", "select_across": "1", "_selected_action": ["1"]}
    browser.submit(TASKS, fields, queue="mail")

    assert [status(task) for task in three] == ["FAILED", "FINISHED", "FAILED"]


def test_only_so_many_at_once(browser, monkeypatch):
    monkeypatch.setattr(tasks, "AT_ONCE", 3)
    seqs = [a_task().seq for _ in range(5)]

    page = browser.act(TASKS, "cancel", *seqs)

    assert "3 tasks cancelled. There are more: 3 are cancelled at once." in page.text
    assert Task.objects.filter(status="FAILED").count() == 3


def test_what_has_moved_on_meanwhile_spoils_nothing(browser, three, monkeypatch):
    whole = store.retry

    def overtaken(keys, *, by):
        if "broken" in keys and status(three[0]) == "FAILED":
            whole(["broken"])
        return whole(keys, by=by)

    monkeypatch.setattr(store, "retry", overtaken)

    page = browser.act(TASKS, "retry", three[0].seq, three[1].seq)

    assert "1 task retried." in page.text
    assert [status(task) for task in three[:2]] == ["QUEUEING"] * 2


def test_an_action_is_there_on_the_task_s_own_page_too(browser, three):
    path = f"{TASKS}{three[0].seq}/change/"
    names = {"CHANGE_FORM-action": "retry", "_selected_action": str(three[0].seq)}
    page = browser.page(path)
    assert "Retry: run again" in page.text

    response = browser.submit(path, names)

    assert response.status == 302
    assert "1 task retried." in browser.page(path).text
    assert status(three[0]) == "QUEUEING"


def test_an_action_that_nobody_chose_does_nothing(browser, three):
    assert "No action selected" in browser.act(TASKS, "", three[0].seq).text
    assert "Items must be selected" in browser.act(TASKS, "retry").text
    assert status(three[0]) == "FAILED"
