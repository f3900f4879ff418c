"""Whoever is interrupted while it enqueues, at whatever step, leaves no transaction and no turn behind."""

import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from types import FrameType

import pytest
from django.db import connection

from backend.demo.tasks import add
from backend.tasks.models import Task
from tests.support.locks import is_held

pytestmark = pytest.mark.django_db(transaction=True)

SURROUNDS = (
    "backend/tasks/store/",
    "backend/tasks/engines/turnstile.py",
    "backend/tasks/engines/sqlite/__init__.py",
    "django/db/transaction.py",
    "django/db/backends/",
    "contextlib.py",
)
"""Whose steps are interrupted: what takes turns, and begins and ends transactions."""


class Interruption(BaseException):
    """As Ctrl-C, or the end of a task function's time."""


def test_who_is_interrupted_at_any_step_of_enqueueing_has_ended_its_transaction_and_its_turn():
    """L2: though its error is kept, as a shell keeps the last one, and with it all that was under way."""
    record = connection.settings_dict["NAME"]
    kept: list[BaseException] = []
    add.enqueue(1, 2)
    step = 0
    where: str | None = ""
    while where is not None:
        where, error = _interrupted(step)
        kept.extend([error] if error else [])
        at = f"step {step}, in {where}"

        assert not connection.in_atomic_block, at
        assert not is_held(f"{record}-now"), at
        assert not is_held(f"{record}-next"), at
        with closing(sqlite3.connect(record, timeout=0, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            other.execute("ROLLBACK")
        step += 1

    assert step > 100, "few steps were made"
    assert Task.objects.count() in range(2, step + 2)
    assert len(kept) == step - 1


def test_what_was_interrupted_does_not_go_on_when_its_error_is_forgotten():
    """As a generator would: in the midst of the next transaction, which it would roll back."""
    step = 0
    where: str | None = ""
    while where is not None:
        where, error = _interrupted(step)
        seen = Task.objects.count()
        before = add.enqueue(1, 2)
        del error
        assert Task.objects.count() == seen + 1, f"{before.id} after step {step}, in {where}"
        step += 1


def _interrupted(step: int) -> tuple[str | None, BaseException | None]:
    """Enqueue a task and be interrupted after so many steps; in which function, None when there were fewer.

    Python raises what a signal's handler raises as a function begins, and when a call of one in C has returned.
    """
    where: str | None = None
    left = step

    def step_made(frame: FrameType, event: str, _: object) -> None:
        nonlocal left, where
        if event not in ("call", "c_return") or not any(part in frame.f_code.co_filename for part in SURROUNDS):
            return
        if left == 0:
            where = f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno} {frame.f_code.co_name}"
            raise Interruption
        left -= 1

    connection.ensure_connection()
    sys.setprofile(step_made)
    try:
        add.enqueue(1, 2)
    except Interruption as error:
        return where, error
    finally:
        sys.setprofile(None)
    assert where is None, f"the interruption in {where} came to nothing"
    return None, None
