import json
from collections import OrderedDict
from contextlib import nullcontext

import pytest
from msgspec import Raw

from tests.workers.functions import Functions, load
from workers.channel import (
    ERROR_AT_MOST,
    LONGEST,
    TRACEBACK_AT_MOST,
    ChildTask,
    Failed,
    FromChildReader,
    Succeeded,
    encode,
)
from workers.child import TooLarge, encode_result, run
from workers.executor import Executor

MIB = 1024 * 1024


def ran(
    task: str, *args: object, max_payload: int = MIB, executor: Executor | None = None, **kwargs: object
) -> Succeeded | Failed:
    return run(
        executor or load(),
        ChildTask(
            task_id="t1",
            task=task,
            args=Raw(json.dumps(args).encode()),
            kwargs=Raw(json.dumps(kwargs).encode()),
            queue="default",
            priority=0,
            attempt=1,
            fence=1,
            created_at=None,
            tries=0,
            max_attempts=1,
            worker="W1",
        ),
        max_payload,
        lambda fraction, message: None,
        nullcontext(),
    )


def test_a_function_is_called_with_its_arguments_and_its_result_is_json():
    outcome = ran("add", 1, b=2)

    assert isinstance(outcome, Succeeded)
    assert bytes(outcome.result) == b"3"
    assert 0 <= outcome.ran < 1


def test_integers_of_any_size_stay_exact():
    outcome = ran("add", 10**40, 1)

    assert isinstance(outcome, Succeeded)
    assert bytes(outcome.result) == str(10**40 + 1).encode()


@pytest.mark.parametrize(
    ("task", "args", "error", "exception"),
    [
        ("refuse", ["no"], "ValueError: no", "builtins.ValueError"),
        ("refuse", ["one\ntwo  three"], "ValueError: one two three", "builtins.ValueError"),
        ("refuse", [""], "ValueError", "builtins.ValueError"),
        ("refuse", ["\ud800\0"], "ValueError: \\ud800\\0", "builtins.ValueError"),
        ("leave", [3], "SystemExit: 3", "builtins.SystemExit"),
        ("leave", [0], "SystemExit: 0", "builtins.SystemExit"),
        ("interrupt", [], "KeyboardInterrupt", "builtins.KeyboardInterrupt"),
        ("add", [1], "TypeError: add() missing 1 required positional argument: 'b'", "builtins.TypeError"),
        (
            "refuse_unprintably",
            [],
            "Unprintable: <its text cannot be read>",
            "tests.workers.functions.Unprintable",
        ),
    ],
)
def test_whatever_a_function_raises_is_a_failure(task, args, error, exception):
    outcome = ran(task, *args)

    assert isinstance(outcome, Failed)
    assert (outcome.error, outcome.exception) == (error, exception)
    assert "functions.py" in outcome.traceback or task == "add"


def test_no_clock_that_was_shifted_makes_a_run_shorter_than_nothing(monkeypatch):
    times = iter([20.0, 20.0, 10.0])
    monkeypatch.setattr("workers.child.perf_counter", lambda: next(times))

    assert ran("add", 1, 2).ran == 0.0


def test_the_executor_is_told_how_each_call_ended():
    executor = Functions()
    ran("add", 1, 2, executor=executor)
    ran("refuse", "no", executor=executor)
    ran("echo", "x" * 50, max_payload=20, executor=executor)

    [success, failure, unfit] = executor.heard
    assert success == ("succeeded", b"3")
    assert failure[0] == "failed"
    assert "raise ValueError(message)" in str(failure[1])
    assert unfit == ("failed", "")


def test_a_failure_carries_what_the_executor_says_of_further_attempts():
    error = ran("fail_for_now", 2.5)
    unfit = ran("echo", 1, 2)

    assert isinstance(error, Failed)
    assert (error.again, error.delay, error.interrupted) == (True, 2.5, None)
    assert isinstance(unfit, Failed)
    assert (unfit.again, unfit.delay) == (False, None)


def test_an_error_that_cannot_be_asked_for_further_attempts_is_a_failure_all_the_same():
    outcome = ran("refuse_misleadingly")

    assert isinstance(outcome, Failed)
    assert (outcome.error, outcome.again, outcome.delay) == ("Misleading: no", True, None)
    assert "refuse_misleadingly" in outcome.traceback


@pytest.mark.parametrize(
    ("task", "kind"), [("refuse_namelessly", "Nameless"), ("refuse_without_a_story", "WithoutAStory")]
)
def test_an_error_that_hides_its_names_or_its_story_is_a_failure_all_the_same(task, kind):
    outcome = ran(task)

    assert isinstance(outcome, Failed)
    assert (outcome.error, outcome.exception) == (f"{kind}: no", f"tests.workers.functions.{kind}")
    assert outcome.traceback == "<its traceback cannot be read>"


def test_no_error_is_longer_than_a_child_may_say():
    outcome = ran("refuse_at_length")

    assert isinstance(outcome, Failed)
    assert len(encode(outcome)) < LONGEST / 10


def test_an_error_of_what_cannot_be_written_is_none_that_its_worker_does_not_take():
    outcome = ran("refuse", "\0\ud800" * 300_000)

    assert isinstance(outcome, Failed)
    assert outcome.error.startswith("ValueError: \\0\\ud800")
    assert len(outcome.error) == ERROR_AT_MOST
    assert len(outcome.traceback) <= TRACEBACK_AT_MOST
    assert FromChildReader().feed(encode(outcome)) == [outcome]


def test_what_a_value_raises_while_it_is_written_is_a_failure():
    class Interrupting(dict):
        def items(self):
            raise KeyboardInterrupt

        def __iter__(self):
            raise KeyboardInterrupt

    executor = Functions()
    executor.run = lambda call, tell: Interrupting(a=1)  # type: ignore[method-assign]

    outcome = ran("nothing", executor=executor)

    assert isinstance(outcome, Failed)
    assert outcome.error == "KeyboardInterrupt"


def test_a_traceback_begins_below_the_child_and_shows_the_function():
    outcome = ran("refuse", "no")

    assert isinstance(outcome, Failed)
    assert "child.py" not in outcome.traceback
    assert "raise ValueError(message)" in outcome.traceback


def test_errors_and_tracebacks_are_cut_with_head_and_tail_kept():
    outcome = ran("refuse", "x" * 300_000)

    assert isinstance(outcome, Failed)
    assert len(outcome.error) == ERROR_AT_MOST
    assert TRACEBACK_AT_MOST - 100 <= len(outcome.traceback) <= TRACEBACK_AT_MOST
    assert outcome.traceback.startswith("Traceback")
    assert "characters left out" in outcome.traceback
    assert outcome.traceback.endswith("x\n")


def test_a_recursion_without_end_is_a_failure():
    outcome = ran("deep")

    assert isinstance(outcome, Failed)
    assert outcome.exception == "builtins.RecursionError"


def test_a_result_that_is_too_large_is_a_failure_that_says_so():
    outcome = ran("echo", "x" * 50, max_payload=20)

    assert isinstance(outcome, Failed)
    assert outcome.error == "TooLarge: the result has 52 bytes, the limit is 20"
    assert (outcome.exception, outcome.traceback) == ("workers.TooLarge", "")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (1.5, "1.5"),
        ((1, [2]), "[1,[2]]"),
        ("é\n", '"é\\n"'),
        (OrderedDict(a={"b": ()}), '{"a":{"b":[]}}'),
    ],
)
def test_json_is_written_compactly(value, text):
    assert encode_result(value, MIB).decode() == text


LOOP: list[object] = []
LOOP.append(LOOP)


NOT_JSON = {
    "nan": float("nan"),
    "infinity": [float("inf")],
    "key-1": {1: "a"},
    "key-none": {"a": [{None: 1}]},
    "key-tuple": {(1, 2): 3},
    "bytes": b"bytes",
    "set": {1, 2},
    "object": object(),
    "function": lambda: None,
    "surrogate": "\ud800",
    "circle": LOOP,
    "long-number": 10**5000,
}


@pytest.mark.parametrize("value", NOT_JSON.values(), ids=NOT_JSON.keys())
def test_what_json_cannot_keep_as_it_is_is_no_result(value):
    with pytest.raises(TypeError, match="has no form in JSON"):
        encode_result(value, MIB)


def test_a_result_of_just_the_limit_passes():
    assert len(encode_result("x" * 18, 20)) == 20
    with pytest.raises(TooLarge):
        encode_result("x" * 19, 20)
