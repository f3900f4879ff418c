import re
import time
import traceback
from collections.abc import Callable

import pytest

from backend.tasks.failures import frame, key, title


def _traceback(of: Callable[[], object]) -> str:
    try:
        of()
    except Exception:  # noqa: BLE001
        return traceback.format_exc()
    raise AssertionError


def _one() -> None:
    int("x")


def _other() -> None:
    int("x")


def _in_library() -> None:
    re.compile("(")


def _chained() -> None:
    try:
        _one()
    except ValueError as error:
        _raise_from(error)


def _raise_from(error: Exception) -> None:
    raise LookupError("no") from error


def _key(error: str = "ValueError: no", exception: str = "builtins.ValueError", told: str = "") -> str:
    return key("ERROR", error, exception, told)


@pytest.mark.parametrize(
    ("error", "general"),
    [
        ("ValueError: row 17 of 3.5e10 at -4", "ValueError: row <n> of <n> at <n>"),
        ("KeyError: '01a2105f-ea47-7cf9-b801-95f7c6c9f54a'", "KeyError: '<id>'"),
        ("X: <Order object at 0x7f78b2605e80>", "X: <Order object at <id>>"),
        ("X: commit 21ab637c0ffee is gone", "X: commit <id> is gone"),
        ("X: decade, facade and 10.0.0.7:8080", "X: decade, facade and <n>:<n>"),
        ("X: user17 has sha256", "X: user<n> has sha<n>"),
        ("X: 2026-11-21T22:04:00Z", "X: <time>"),
        ("\n  first line\nsecond line 4", "first line"),
        ("", "Failed without a word"),
        (None, "Failed without a word"),
    ],
)
def test_a_title_has_signs_for_what_differs(error: str | None, general: str):
    assert title(error) == general


def test_a_title_is_short():
    assert len(title("x" * 5000)) == 200


def test_failures_that_differ_in_numbers_and_ids_alone_are_of_one_kind():
    assert _key("ValueError: row 17") == _key("ValueError: row 4")
    assert len(_key()) == 32


def test_type_message_and_own_function_make_the_kind():
    told = _traceback(_one)

    kinds = {
        _key(told=told),
        _key("ValueError: yes", told=told),
        _key(exception="app.errors.ValueError", told=told),
        _key(told=_traceback(_other)),
        key("TIMEOUT", "ValueError: no", "builtins.ValueError", told),
    }

    assert len(kinds) == 5


def test_lines_and_folders_do_not_make_the_kind():
    told = _traceback(_one)
    elsewhere = re.sub(r"line [0-9]+", "line 4711", told).replace(__file__, "/srv/other" + __file__)

    assert elsewhere != told
    assert _key(told=elsewhere) == _key(told=told)


def test_the_function_is_the_innermost_of_the_users_own():
    told = _traceback(_in_library)
    deeper = told.replace(", in compile", ", in compile_anew")

    assert deeper != told
    assert _key(told=deeper) == _key(told=told)
    assert _key(told=told.replace("_in_library", "another")) != _key(told=told)


def test_the_frame_is_told_by_the_last_folders_and_the_function():
    assert frame(_traceback(_in_library)) == "backend/tasks/test_failures.py _in_library"
    assert frame(_traceback(_chained)) == "backend/tasks/test_failures.py _raise_from"
    assert frame('  File "/usr/lib/python3/json/decoder.py", line 1, in decode\n') == "python3/json/decoder.py decode"
    assert frame("") == ""
    assert frame("Traceback: no") == ""


def test_of_a_chain_the_last_one_counts():
    told = _traceback(_chained)

    assert _key(told=told.replace(", in _one", ", in _two")) == _key(told=told)
    assert _key(told=told.replace(", in _raise_from", ", in x")) != _key(told=told)


def test_of_one_that_was_told_to_end_it_is_where_it_was_that_counts():
    interrupted = """\
  File "/srv/zonda/workers/interrupts.py", line 66, in _heed
  File "/srv/zonda/backend/tasks/execution.py", line 142, in interrupt
  File "/srv/zonda/backend/tasks/interruptions.py", line 55, in tell
backend.tasks.interruptions.TaskTimedOut: The task has run as long as it may.
"""
    head = "Traceback (most recent call last):\n"
    own = '  File "/srv/shop/orders/interruptions.py", line 7, in ask\n'
    cancelled = (
        f"{head}{own}asyncio.exceptions.CancelledError\n\n"
        "The above exception was the direct cause of the following exception:\n\n"
    )

    assert frame(head + own + interrupted) == "shop/orders/interruptions.py ask"
    assert frame(cancelled + head + interrupted) == "shop/orders/interruptions.py ask"
    assert frame(head + interrupted) == "backend/tasks/interruptions.py tell"


def test_of_one_that_was_killed_it_is_the_task_function_that_counts():
    error = "It did not end within 3 s, and had to be killed"

    assert key("TIMEOUT", error, path="a.b") != key("TIMEOUT", error, path="a.c")
    assert key("TIMEOUT", error, traceback=_traceback(_one), path="a.b") == key(
        "TIMEOUT", error, None, _traceback(_one)
    )
    assert key("LOST", error, path="a.b") == key("LOST", error, path="a.c")


def test_of_one_that_was_rejected_it_is_the_task_function_and_why():
    assert key("REJECTED", "a: must be int", path="a.b") == key("REJECTED", "a: must be int", path="a.b")
    assert len({key("REJECTED", why, path=path) for why in ("no a", "no b") for path in ("a.b", "a.c")}) == 4


@pytest.mark.parametrize(
    "text",
    ["0", "a", "1a", "-", 'File "', "\n", '  File "a", line 1, in b\n', f'  File "{"/wire" * 9}/x.py", line 1, in b\n'],
)
def test_whatever_it_is_told_it_is_quick(text: str):
    long = text * 20_000
    before = time.thread_time()

    key("ERROR", long, long, long)

    assert time.thread_time() - before < 0.5
