"""Isolation: whatever a task function does ends as a readable FAILED of its own task, and meets nobody else.

Rows of the fault matrix: poison (segfault, `os._exit(0)`, SIGKILL of itself, out of memory); hang (a loop in C, an
expression, one that minds nothing, one that has stopped itself); forks, daemonised grandchildren, left threads; leaked
memory and descriptors; closed descriptors, changed directory, environment, signal handlers, locale, limits and names;
prints 100 MB, signs of a terminal; returns no JSON, NaN, 10 MB, itself, depth, a huge number; raises BaseException,
KeyboardInterrupt, SystemExit, an error without a text. I4, I6, L1, L3.
"""

import json
import re
from pathlib import Path

from tests.support.stack import Stack
from tests.support.starting import Starts
from tests.support.tasks import all_ended, create_many, every_task
from tests.support.waiting import wait_until

WORKERS = 2
SLOTS = 2
GOOD = 200

DONE = [
    "leak_memory",
    "leak_descriptors",
    "leave_a_thread_that_holds_up_the_exit",
    "fork",
    "leave_a_daemon",
    "close_low_descriptors",
    "move",
    "change_environment",
    "change_signals",
    "set_an_alarm",
    "change_umask",
    "change_locale",
    "change_defaults",
    "replace_names",
    "replace_streams",
    "hold_the_record",
    "leave_a_block",
    "leave_a_generator",
    "leave_a_query",
    "change_connection",
    "leave_a_connection_that_reads",
    "leave_a_connection_that_holds_the_record",
    "leave_a_thread_that_holds_the_record",
    "leave_a_thread_that_will_hold_the_record",
    "leave_a_process_that_holds_the_record",
    "change_logging",
    "take_modules_away",
    "count_roughly",
    "disable_loggers",
    "make_warnings_errors",
    "change_event_loops",
    "take_finders_away",
    "change_hooks",
    "write_without_waiting",
    "print_signs",
]

# How each fails: its arguments, its reason, and how its error reads.
NASTY: dict[str, tuple[list[object], str, str]] = {
    "segfault": ([], "LOST", r"The child process was killed by signal 11 \(SIGSEGV\)"),
    "leave_well": ([], "LOST", r"The child process ended with exit code 0 without an outcome"),
    "kill_itself": ([], "LOST", r"The child process was killed by signal 9 \(SIGKILL\)"),
    "kill_its_group": ([], "LOST", r"The child process was killed by signal 9 \(SIGKILL\)"),
    "close_everything": ([], "LOST", r"The child process closed its channel to the worker"),
    "talk_to_the_worker": ([], "LOST", r"The child process said 4294967295 bytes at once, the limit is 4190208"),
    "say_no_text": ([], "LOST", r"The child process said what no child says: 'utf-8' codec can't decode byte 0xff"),
    "say_of_another": ([], "LOST", r"The child process spoke of a task that it does not run"),
    "say_odd_numbers": ([], "LOST", r"The child process said what no child says: Expected `float` >= 0\.0"),
    "say_depth": ([], "LOST", r"The child process said what no child says: it is nested too deeply"),
    "say_much": ([], "LOST", r"The child process said 4194304 bytes at once, the limit is 4190208"),
    "spin_in_c": ([], "TIMEOUT", r"It did not end within 1 s, and had to be killed"),
    "match_without_end": ([], "TIMEOUT", r"It did not end within 1 s"),
    "mind_nothing": ([], "TIMEOUT", r"It did not end within 1 s, and had to be killed"),
    "stop_itself": ([], "TIMEOUT", r"It did not end within 1 s, and had to be killed"),
    "go_down": ([], "ERROR", r"RecursionError: maximum recursion depth exceeded"),
    "take_all_memory": ([], "ERROR", r"MemoryError"),
    "leave_threads": ([150], "ERROR", r"Done: left threads"),
    **{name: ([], "ERROR", "Done: ") for name in DONE},
    "print_without_end": ([100], "ERROR", r"Done: printed"),
    "return_an_object": ([], "ERROR", r"TypeError: .*object"),
    "return_nan": ([], "ERROR", r"TypeError: the result has no form in JSON: Out of range float"),
    "return_itself": ([], "ERROR", r"RecursionError"),
    "return_depth": ([], "ERROR", r"RecursionError"),
    "return_much": ([], "ERROR", r"TooLarge: the result has 10000002 bytes, the limit is 1048576"),
    "return_a_huge_number": ([], "ERROR", r"TypeError: the result has no form in JSON: Exceeds the limit"),
    "raise_base_exception": ([], "ERROR", r"Nasty: not an Exception"),
    "raise_keyboard_interrupt": ([], "ERROR", r"KeyboardInterrupt"),
    "raise_system_exit": ([], "ERROR", r"SystemExit: 0"),
    "raise_mute": ([], "ERROR", r"Mute: <its text cannot be read>"),
    "raise_nameless": ([], "ERROR", r"Nameless: without a name"),
    "raise_forked": ([], "ERROR", r"Forked: there are two of it"),
    "raise_misleading": ([], "ERROR", r"Misleading: cannot be asked"),
    "raise_much": ([], "ERROR", r"X{2000}$"),
    "pretend_to_be_interrupted": ([], "ERROR", r"TaskInterrupted"),
    "cancel_itself": ([], "ERROR", r"CancelledError"),
}


def test_whatever_functions_do_they_fail_readably_and_meet_nobody_else(start: Starts, tmp_path: Path) -> None:
    stack = start(
        workers=WORKERS,
        ZONDA_APPS="tests.support.nasty",
        ZONDA_SLOTS=str(SLOTS),
        ZONDA_SLOT_MEMORY="256MiB",
    )

    keys = create_many(stack, mixed())
    all_ended(stack, within=120)
    tasks = {task["id"]: task for task in every_task(stack)}

    names = dict(zip(keys, (task["name"] for task in mixed()), strict=True))
    good = [tasks[key] for key in keys if names[key] == "behave"]
    assert [task for task in good if task["status"] != "FINISHED"] == []
    assert len(good) == GOOD
    otherwise = {
        name: (task["status"], task["reason"], task["error"])
        for key, task in tasks.items()
        if (name := names[key]) in NASTY
        and not (
            (task["status"], task["reason"]) == ("FAILED", NASTY[name][1])
            and re.match(NASTY[name][2], task["error"], re.DOTALL)
        )
    }
    assert otherwise == {}
    assert set(NASTY) <= set(names.values())
    every_slot_runs_one_more(stack, tmp_path)
    assert why_retired(stack) == {
        "descriptors open",
        "had a block of `transaction.atomic()` left open by a task function",
        "had modules taken away that others rely on",
        "has a thread left by a task function that keeps others from writing",
        "has a connection opened by a task function that keeps others from writing",
        "has a connection opened by a task function that reads the record without end",
        "has a process started by a task function that keeps others from writing",
        "had descriptors closed that a task function had not opened",
        "of memory, the limit is 256 MiB",
        "threads that task functions have left",
    }


def mixed() -> list[dict[str, object]]:
    """The nasty ones, and good ones between them."""
    good: list[dict[str, object]] = [{"name": "behave", "args": [number]} for number in range(GOOD)]
    between = GOOD // len(NASTY)
    tasks: list[dict[str, object]] = []
    for name, (args, _, _) in NASTY.items():
        tasks += [{"name": name, "args": args}, *(good.pop() for _ in range(between))]
    return [*tasks, *good]


def every_slot_runs_one_more(stack: Stack, folder: Path) -> None:
    """At the same time, so none can run two of them."""
    meeting = folder / "meeting"
    meeting.mkdir()
    many = WORKERS * SLOTS
    create_many(stack, [{"name": "meet", "args": [str(meeting), many, str(number)]} for number in range(many)])
    wait_until(lambda: len(list(meeting.iterdir())) == many, 20, "a task runs in each slot")
    assert all_ended(stack, within=20) == {"queueing": 0, "running": 0, "failed": len(NASTY), "finished": GOOD + many}


def why_retired(stack: Stack) -> set[str]:
    """What the workers say of the children that they have replaced between two tasks, without figures."""
    said = [json.loads(line) for number in range(WORKERS) for line in stack.log(f"worker-{number + 1}").splitlines()]
    return {re.sub(r".*\d+ (?:MiB )?(?!MiB)", "", line["why"]) for line in said if line["event"] == "child.retired"}
