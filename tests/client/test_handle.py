import pytest

from client.errors import NotDone, Refused, TaskFailed, Unavailable
from client.handle import TaskHandle
from client.records import Reason, Status
from tests.client.pool import APool, a_key, a_task, answer_lost, given, no_connection, refused, unchanged


def a_handle(pool: APool) -> TaskHandle:
    return TaskHandle(pool.connection(), "t-1")


def test_a_result_is_waited_for_and_asked_for_once():
    pool = APool(
        given("1", task=a_key()),
        unchanged(),
        given("2", task=a_key("RUNNING")),
        given("3", task=a_key("FINISHED")),
        given(task=a_task()),
    )

    assert a_handle(pool).result() == 3
    assert [request.headers.get("If-None-Match") for request in pool.requests] == [None, "1", "1", "2", None]


def test_a_task_that_has_ended_is_not_waited_for():
    pool = APool(given("1", task=a_key("FINISHED")), given(task=a_task()))

    a_handle(pool).wait(timeout=0)

    assert len(pool.requests) == 2


def test_a_wait_ends_with_its_time_and_says_how_the_task_is():
    pool = APool(given("1", task=a_key("RUNNING")), unchanged())

    with pytest.raises(NotDone, match=r"t-1 .*RUNNING") as told:
        a_handle(pool).wait(timeout=60)

    assert told.value.status is Status.RUNNING
    assert [r.headers.get("Prefer") for r in pool.requests] == [None, "wait=25", "wait=25", "wait=10"]


def test_not_done_is_a_timeout_as_python_knows_it():
    assert issubclass(NotDone, TimeoutError)


def test_a_wait_outlasts_a_backend_that_is_away_for_a_moment():
    pool = APool(
        given("1", task=a_key()),
        no_connection(),
        no_connection(),
        given("2", task=a_key("FINISHED")),
        given(task=a_task()),
    )

    assert a_handle(pool).wait().status is Status.FINISHED


def test_a_failed_task_raises_with_reason_error_and_the_last_traceback():
    attempts = [
        {
            "number": number,
            "worker": "W1",
            "outcome": "FAILED",
            "error": "E",
            "traceback": f"Traceback {number}",
            "startedAt": None,
            "finishedAt": None,
        }
        for number in (1, 2)
    ]
    task = a_task("FAILED", reason="ERROR", error="ValueError: x", attempts=attempts)
    pool = APool(given("1", task=a_key("FAILED")), given(task=task))

    with pytest.raises(TaskFailed, match="ValueError: x") as told:
        a_handle(pool).result()

    assert (told.value.reason, told.value.error) == (Reason.ERROR, "ValueError: x")
    assert told.value.traceback == "Traceback 2"


def test_a_wait_for_a_task_that_failed_does_not_raise():
    task = a_task("FAILED", reason="CANCELLED", error="cancelled")
    pool = APool(given("1", task=a_key("FAILED")), given(task=task))

    assert a_handle(pool).wait().reason is Reason.CANCELLED


def test_a_task_that_is_not_there_is_refused():
    with pytest.raises(Refused) as told:
        a_handle(APool(refused("NOT_FOUND"))).wait()

    assert told.value.code == "NOT_FOUND"


def test_handles_of_one_task_are_equal():
    pool = APool(given())

    assert {a_handle(pool), a_handle(pool)} == {a_handle(pool)}
    assert a_handle(pool) != TaskHandle(pool.connection(), "t-2")


@pytest.mark.parametrize("count", [0, 1])
def test_a_cancel_says_whether_there_was_anything_to_cancel(count):
    pool = APool(given(cancelTasks={"count": count}))

    assert a_handle(pool).cancel() is bool(count)
    assert pool.requests[0].variables == {"ids": ["t-1"]}


def test_a_task_is_retried_by_its_id():
    pool = APool(given(retryTasks={"count": 1}))

    a_handle(pool).retry()

    assert pool.requests[0].variables == {"ids": ["t-1"]}


def test_a_retry_whose_answer_was_lost_is_not_asked_for_again():
    pool = APool(answer_lost(), given(retryTasks={"count": 1}))

    with pytest.raises(Unavailable, match="may have been done"):
        a_handle(pool).retry()

    assert len(pool.requests) == 1


def a_log(status: str, *attempts: list[str], after: int = 0) -> dict[str, object]:
    return {
        "status": status,
        "attempts": [
            {
                "number": number,
                "worker": "W1",
                "log": [
                    {"number": after + place, "at": "2026-11-25T01:00:00Z", "stream": "stdout", "text": text}
                    for place, text in enumerate(lines, 1)
                ],
            }
            for number, lines in enumerate(attempts, 1)
        ],
    }


def texts(handle: TaskHandle, *, follow: bool = False) -> list[tuple[int, str]]:
    return [(attempt.number, line.text) for attempt, line in handle.log(follow=follow)]


def test_a_log_is_read_attempt_by_attempt_to_its_end():
    pool = APool(
        given("1", task=a_log("RUNNING", ["a", "b"], ["c"])),
        given("2", task=a_log("RUNNING", [], [])),
        given("3", task=a_log("RUNNING", ["a", "b"], ["c"])),
        given("4", task=a_log("RUNNING", [], [])),
    )

    assert texts(a_handle(pool)) == [(1, "a"), (1, "b"), (2, "c")]
    assert [request.variables["after"] for request in pool.requests] == [0, 2, 0, 1]
    assert not any("Prefer" in request.headers for request in pool.requests)


def test_a_log_is_followed_by_long_polls_until_the_task_has_ended():
    pool = APool(
        given("1", task=a_log("QUEUEING")),
        unchanged(),
        given("2", task=a_log("RUNNING", ["a"])),
        given("3", task=a_log("RUNNING", [])),
        given("4", task=a_log("RUNNING", ["b"], after=1)),
        given("5", task=a_log("FINISHED", [])),
    )

    assert texts(a_handle(pool), follow=True) == [(1, "a"), (1, "b")]
    assert [request.headers.get("If-None-Match") for request in pool.requests] == [None, "1", "1", None, "3", None]


def test_who_waits_is_told_why_the_task_does_not_run_once_that_has_held_for_a_moment():
    why, other = "No worker is connected.", "Its queue mail is paused."
    pool = APool(
        given("1", task={**a_key(), "waiting": why}),
        unchanged(),
        unchanged(),
        given("2", task={**a_key(), "waiting": other}),
        unchanged(),
        given("3", task=a_key("FINISHED")),
        given(task=a_task()),
    )
    told: list[tuple[float, str]] = []

    a_handle(pool).wait(told=lambda sentence: told.append((pool.now, sentence)))

    assert told == [(2.0, why), (27.0, other)]


def test_a_wait_that_is_over_says_why_the_task_did_not_run():
    pool = APool(given("1", task={**a_key(), "waiting": "No worker is connected."}), unchanged())

    with pytest.raises(NotDone, match=r"it is QUEUEING\. No worker is connected\."):
        a_handle(pool).wait(timeout=1, told=lambda sentence: None)
