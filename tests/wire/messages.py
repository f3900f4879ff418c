"""One message of each kind, for the golden frames and the round trips."""

from typing import Any

from msgspec import Raw

from wire.messages import (
    Answer,
    Ask,
    Assigned,
    AttemptCancelled,
    AttemptFailed,
    AttemptLog,
    AttemptLost,
    AttemptProgress,
    AttemptStarted,
    AttemptSucceeded,
    AttemptTimedOut,
    Beat,
    Drain,
    Freed,
    Goodbye,
    Grant,
    Held,
    Hello,
    Line,
    Message,
    OnTasks,
    ReportKind,
    Revoke,
    Revoked,
    Settled,
    SettledBySink,
    Started,
    Unsettled,
    VentilatorBeat,
)

HEADER: dict[str, Any] = {"epoch": 7, "seq": 41, "incarnation": "9f1c", "hello": 2}
REPORT: dict[str, Any] = {"task_id": "t-1", "attempt": 3, "fence": 2**63 - 1, "worker": "W12", "incarnation": "9f1c"}
HINT: dict[str, Any] = {"incarnation": "9f1c", "task_id": "t-1", "fence": 5}
WHO: dict[str, Any] = {
    "incarnation": "9f1c",
    "hello": 2,
    "name": "Jörg's",
    "host": "anna",
    "pid": 4711,
    "queues": ("*",),
    "slots": 2,
}

ON_TASKS: dict[str, OnTasks] = {
    "tasks-ask": Ask(task_id="d5750c0e-ed82", task="add", args=[1, 2]),
    "tasks-ask-more": Ask(
        task_id="t-1",
        task="app.tasks.grüße",
        args=[1, None, {"a": [1.5]}],
        kwargs={"name": "Jörg"},
        queue="mail",
        priority=-100,
        run_after="2026-11-21T22:04:00Z",
        expires_at="2026-11-21T23:04:00+01:00",
        timeout=1.5,
        max_attempts=3,
    ),
    "tasks-ask-least": Ask(task="add"),
}
ON_WORKER_TOPIC: dict[str, Message] = {
    "worker-task": Grant(
        **HEADER,
        task_id="t-1",
        task="app.tasks.add",
        args=Raw(b"[1, 123456789012345678901234567890]"),
        kwargs=Raw('{"name": "Jörg"}'.encode()),
        queue="default",
        priority=-100,
        attempt=1,
        fence=30064771073,
        created_at="2026-11-21T22:04:00.5Z",
        timeout=1.5,
        grace=0.0,
        tries=1,
        max_attempts=3,
    ),
    "worker-settled": Settled(**HEADER, task_id="t-1", fence=5, report=ReportKind.SUCCEEDED, answer=Answer.APPLIED),
    "worker-revoke": Revoke(**HEADER, task_id="t-1", fence=5),
    "worker-drain": Drain(**HEADER),
    "worker-beat": VentilatorBeat(**HEADER, revoked=(Revoked("t-1", 5),), drain=True),
}
ON_STATUS: dict[str, Message] = {
    "status-hello": Hello(**WHO),
    "status-beat": Beat(
        **WHO,
        topic="W12",
        received=(7, 41),
        draining=True,
        loading=1,
        holds=(Held("t-1", 5, started=True), Held("t-2", 6, started=False)),
        unsettled=(Unsettled("t-3", 4),),
    ),
    "status-started": Started(**HINT),
    "status-freed": Freed(**HINT, ran=0.25),
    "status-handed-back": Freed(**HINT),
    "status-goodbye": Goodbye(incarnation="9f1c"),
    "status-settled": SettledBySink(**HINT, report=ReportKind.LOST, answer=Answer.STALE),
}
ON_CONTROL: dict[str, Message] = {"control-assigned": Assigned(epoch=7, incarnation="9f1c", topic="W12")}
ON_RESULTS: dict[str, Message] = {
    "results-started": AttemptStarted(**REPORT),
    "results-progress": AttemptProgress(**REPORT, fraction=0.5, message="½"),
    "results-log": AttemptLog(**REPORT, lines=(Line(1, 0.25, "stdout", "Jörg"), Line(2, 0.5, "worker", "…"))),
    "results-succeeded": AttemptSucceeded(**REPORT, ran=0.25, result=Raw(b'{"a": [1, null, 1e400]}')),
    "results-failed": AttemptFailed(
        **REPORT,
        ran=0.25,
        error="ValueError: ⚠",
        exception="builtins.ValueError",
        traceback='File "a"\n',
        again=False,
        delay=1.5,
    ),
    "results-timed-out": AttemptTimedOut(**REPORT, ran=0.25, error="not within 0.2 s", traceback=""),
    "results-cancelled": AttemptCancelled(**REPORT, ran=0.25, error="Cancelled", traceback="…"),
    "results-lost": AttemptLost(**REPORT, ran=0.0, error="was killed by signal 9 (SIGKILL)"),
}
