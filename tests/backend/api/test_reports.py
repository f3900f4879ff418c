from typing import Any

import jsonschema
import msgspec
import pytest
from django.db import OperationalError

from backend.api import reports
from backend.tasks import models, store
from tests.backend.api.conftest import Run, a_running_task, a_worker
from wire.messages import OnResults

REPORT = "mutation($reports: JSON!) { reportAttempts(reports: $reports) }"


def _report(task: models.Task, kind: str = "succeeded", **more: Any) -> dict[str, Any]:
    plain = {
        "kind": kind,
        "task-id": task.key,
        "attempt": 1,
        "fence": task.fence,
        "worker": "W1",
        "incarnation": task.holder,
        "ran": 0.5,
    }
    return {**plain, **({"result": 3} if kind == "succeeded" else {}), **more}


def test_without_the_token_nothing_is_read(run: Run):
    task = a_running_task(a_worker("W1"))

    found = run(REPORT, reports=[_report(task)])

    assert (found.status, found.code) == (401, "UNAUTHENTICATED")
    assert models.Task.objects.get().status == "RUNNING"


def test_a_report_is_applied_once(run: Run):
    task = a_running_task(a_worker("W1"))
    report = _report(task, result={"sum": [1, 2**70]})

    first = run(REPORT, service=True, reports=[report])
    again = run(REPORT, service=True, reports=[report])

    assert (first.data["reportAttempts"], again.data["reportAttempts"]) == (["APPLIED"], ["DUPLICATE"])
    assert models.Task.objects.get().status == "FINISHED"
    assert models.Task.objects.get().result == {"sum": [1, 2**70]}


def test_answers_come_in_the_order_of_the_reports_and_one_bad_report_spoils_no_other(run: Run):
    worker = a_worker("W1")
    first, second, third = (a_running_task(worker) for _ in range(3))
    failed = _report(third, "failed", error="boom", exception="builtins.ValueError", traceback="…")
    unknown = {**_report(first), "task-id": "nobody"}
    stale = _report(first, fence=1)

    found = run(
        REPORT, service=True, reports=[7, _report(first), unknown, {**_report(second), "ran": "x"}, stale, failed]
    )

    assert found.data["reportAttempts"] == ["REFUSED", "APPLIED", "UNKNOWN", "REFUSED", "STALE", "APPLIED"]


def test_a_call_without_reports_is_answered_as_one_with_reports_would_be(run: Run, monkeypatch: pytest.MonkeyPatch):
    """By this the sink knows whether it is its reports that fail, or the backend."""
    assert run(REPORT, service=True, reports=[]).data["reportAttempts"] == []

    def locked(*_: object) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(store.engine, "rows", locked)
    assert run(REPORT, service=True, reports=[]).code == "UNAVAILABLE"


def test_a_report_that_cannot_be_read_ends_the_attempt_it_belongs_to(run: Run):
    task = a_running_task(a_worker("W1"))

    found = run(REPORT, service=True, reports=[{**_report(task), "ran": "long"}])

    ended = models.Task.objects.get()
    assert found.data["reportAttempts"] == ["REFUSED"]
    assert (ended.status, ended.reason) == ("FAILED", "ERROR")
    assert "$.ran" in str(ended.error)


@pytest.mark.parametrize("wrong", [{"fence": 5}, {"incarnation": "another"}])
def test_a_report_that_cannot_be_read_ends_no_attempt_of_others(run: Run, wrong: dict[str, Any]):
    task = a_running_task(a_worker("W1"))

    run(REPORT, service=True, reports=[{**_report(task), "ran": "long", **wrong}])

    assert models.Task.objects.get().status == "RUNNING"


@pytest.mark.parametrize("value", [{}, "x", 3, None])
def test_what_is_no_array_is_bad_input(run: Run, value: Any):
    assert run(REPORT, service=True, reports=value).code == "BAD_INPUT"


def test_the_description_holds_a_schema_and_an_example_that_fits_it():
    text = reports.description()
    example = msgspec.json.decode(next(line for line in text.splitlines() if line.startswith("[")))
    schema = msgspec.json.decode(next(line for line in text.splitlines() if line.startswith("{")))

    jsonschema.validate(example[0], schema)
    msgspec.convert({**example[0], "result": msgspec.Raw(b"3")}, OnResults)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**example[0], "fence": 0}, schema)
