"""What workers report, out of the JSON that the sink sends, and what the record answers."""

from typing import Any

import msgspec
from django.db.transaction import on_commit

from backend.api.errors import Unauthenticated
from backend.tasks import store
from backend.tasks.refusals import BadInput
from backend.watch.heard import heard
from wire.messages import Answer, Fence, Incarnation, OnResults, TaskId, WorkerTopic


class _Grip(msgspec.Struct, frozen=True, rename="kebab"):
    """As much of a report as tells which attempt it means."""

    task_id: TaskId
    fence: Fence
    worker: WorkerTopic
    incarnation: Incarnation


def settle(reports: Any, *, service: bool) -> list[Answer]:
    """One answer for each report, in order. A report that cannot be read is REFUSED and spoils no other."""
    if not service:
        raise Unauthenticated(
            "reportAttempts is for the sink: send what is in the data folder's service-token as Authorization: Bearer …"
        )
    if not isinstance(reports, list):
        raise BadInput("reports", "must be an array of reports")
    readable: dict[int, OnResults] = {}
    unreadable: dict[int, str] = {}
    for place, report in enumerate(reports):
        try:
            readable[place] = msgspec.convert(_with_raw_result(report), OnResults)
        except msgspec.ValidationError as error:
            unreadable[place] = str(error)
    with store.transaction():
        answers = dict(zip(readable, store.report(list(readable.values())), strict=True))
        for place, why in unreadable.items():
            answers[place] = _refuse(reports[place], why)
        on_commit(lambda: heard.answered((readable.get(place), answer) for place, answer in answers.items()))
    return [answers[place] for place in range(len(reports))]


def _with_raw_result(report: Any) -> Any:
    if not isinstance(report, dict) or "result" not in report:
        return report
    return {**report, "result": msgspec.Raw(msgspec.json.encode(report["result"]))}


def _refuse(report: Any, why: str) -> Answer:
    try:
        grip = msgspec.convert(report, _Grip)
    except msgspec.ValidationError:
        return Answer.REFUSED
    return store.refuse(
        task_id=grip.task_id, fence=grip.fence, incarnation=grip.incarnation, worker=grip.worker, why=why
    )


def description() -> str:
    """What `reportAttempts` takes, for the schema."""
    schema = msgspec.json.encode(msgspec.json.schema(OnResults)).decode()
    return f"{_PROMISE}\n\nAn example of `reports`:\n\n{_EXAMPLE}\n\nJSON Schema of one report:\n\n{schema}"


_PROMISE = (
    "For the sink alone (the service token): what workers report, as on `results`. Answers one of APPLIED, DUPLICATE, "
    "STALE, UNKNOWN and REFUSED for each report, in order; all are final."
)
_EXAMPLE = (
    '[{"kind": "succeeded", "task-id": "d5750c0e-ed82", "attempt": 1, "fence": 4294967297, "worker": "W1", '
    '"incarnation": "5f1c9a", "ran": 0.01, "result": 3}]'
)
