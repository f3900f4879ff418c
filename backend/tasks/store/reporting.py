"""What workers say of their attempts is applied, each by compare-and-set on fence and holder."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from backend.tasks.depth import TOO_DEEP, too_deep
from backend.tasks.engines import LogRow, Row, Told
from backend.tasks.ledger import LONGEST_RUN, Ledger
from backend.tasks.lifecycle import Status, judge
from backend.tasks.store.transactions import by_the_clock, engine
from wire.messages import (
    KIND_OF,
    LOG_LINES_AT_MOST,
    Answer,
    AttemptFailed,
    AttemptLog,
    AttemptProgress,
    AttemptSucceeded,
    OnResults,
    ReportKind,
)


def report(reports: Sequence[OnResults]) -> list[Answer]:
    """Apply what workers say of their attempts, each by compare-and-set on fence and holder (I4, I5).

    One answer for each report, in their order; REFUSED is a success whose result cannot be kept.
    """
    answers: list[Answer] = []
    told: dict[int, Told] = {}
    lines: list[LogRow] = []
    with by_the_clock():
        rows = engine.rows([(one.task_id, one.fence) for one in reports])
        ledger = Ledger(engine.now())
        for one in reports:
            row = rows.get((one.task_id, one.fence))
            if row is None:
                answers.append(Answer.UNKNOWN)
                continue
            state, ended = ledger.current(row, one.fence)
            kept = _as_kept(one)
            again = kept.again if isinstance(kept, AttemptFailed) else True
            answer, cause = judge(state, KIND_OF[type(kept)], kept.fence, kept.incarnation, ended, again=again)
            answers.append(answer if cause is None or kept is one else Answer.REFUSED)
            if isinstance(kept, AttemptProgress | AttemptLog):
                if answer is Answer.APPLIED and isinstance(kept, AttemptProgress):
                    told[row.seq] = Told(row.seq, kept.fence, kept.fraction, kept.message)
                elif answer is Answer.APPLIED and isinstance(kept, AttemptLog):
                    lines += _log_rows(row, kept, ledger.started_at(row))
            elif cause is not None:
                ledger.move(row, cause, kept)
        if told:
            # Before the moves: a row that has ended changes no more.
            engine.put_progress(list(told.values()))
        if lines:
            engine.put_log(lines)
        ledger.write(engine)
    return answers


def _log_rows(row: Row, log: AttemptLog, started_at: datetime) -> list[LogRow]:
    return [
        LogRow(
            seq=row.seq,
            fence=log.fence,
            number=line.number,
            at=started_at + timedelta(seconds=min(line.after, LONGEST_RUN)),
            stream=line.stream,
            text=line.text,
        )
        for line in log.lines
        if line.number <= LOG_LINES_AT_MOST
    ]


def _as_kept(report: OnResults) -> OnResults:
    """The report; a success whose result the record can't keep is a failure that says so."""
    if not isinstance(report, AttemptSucceeded):
        return report
    try:
        if not too_deep(bytes(report.result).decode()):
            return report
        why = f"the result {TOO_DEEP}"
    except UnicodeDecodeError:
        why = "the result is not in UTF-8"
    return _refusal(
        task_id=report.task_id,
        attempt=report.attempt,
        fence=report.fence,
        worker=report.worker,
        incarnation=report.incarnation,
        ran=report.ran,
        why=why,
    )


def refuse(*, task_id: str, fence: int, incarnation: str, worker: str, why: str) -> Answer:
    """Answer a report that could not be read. Under a current fence it ends the attempt as FAILED, saying why."""
    with by_the_clock():
        row = engine.rows([(task_id, fence)]).get((task_id, fence))
        if row is None:
            return Answer.UNKNOWN
        now = engine.now()
        ledger = Ledger(now)
        answer, cause = judge(row.state, ReportKind.FAILED, fence, incarnation, row.ended, again=False)
        if cause is None:
            return answer
        refusal = _refusal(
            task_id=task_id,
            attempt=max(1, row.state.attempt),
            fence=fence,
            worker=worker,
            incarnation=incarnation,
            # How long it ran stood in what could not be read: until now, as far as anybody can tell.
            ran=max(0.0, (now - (_running_since(row) or now)).total_seconds()),
            why=why,
        )
        ledger.move(row, cause, refusal)
        ledger.write(engine)
    return Answer.REFUSED


def _running_since(row: Row) -> datetime | None:
    return row.started_at if row.state.status is Status.RUNNING else None


def _refusal(
    *, task_id: str, attempt: int, fence: int, worker: str, incarnation: str, ran: float, why: str
) -> AttemptFailed:
    """The failure that stands in the record for a report it could not take."""
    return AttemptFailed(
        task_id=task_id,
        attempt=attempt,
        fence=fence,
        worker=worker,
        incarnation=incarnation,
        ran=ran,
        error=f"the worker's report was refused: {why}",
        exception="",
        traceback="",
        again=False,
    )
