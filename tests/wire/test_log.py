import io
import json
import logging
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from wire import log as lines
from wire.log import JSONLines, ReadableLines
from wire.redaction import HIDDEN

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def log():
    return _logging(JSONLines("worker-1"))


@pytest.fixture
def spoken():
    return _logging(ReadableLines("worker-1"))


def _logging(formatter):
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    logger = logging.Logger("tests.wire.log")  # noqa: LOG001  (one of its own, that goes with the test)
    logger.addHandler(handler)
    return logger, stream


def _only_line(stream):
    [line] = stream.getvalue().splitlines()
    assert line.isascii()
    assert line.isprintable()
    return json.loads(line)


def test_a_line_is_an_event_with_its_fields(log):
    logger, stream = log

    logger.warning("child.ended", extra={"child": 3, "how": "a\nb", "path": object, "ok": True, "left": None})

    fields = _only_line(stream)
    assert list(fields)[:4] == ["time", "level", "process", "event"]
    assert fields.pop("time").endswith("+00:00")
    assert fields == {
        "level": "warning",
        "process": "worker-1",
        "event": "child.ended",
        "child": 3,
        "how": "a\nb",
        "path": str(object),
        "ok": True,
        "left": None,
    }


@pytest.mark.parametrize(
    ("message", "arguments"),
    [("Exception in ASGI application\n", ()), ("%s of %d", ("two", 3)), ("child.%s", ("ended",)), ("", ())],
)
def test_another_text_is_the_message_of_an_event_called_after_its_logger(log, message, arguments):
    logger, stream = log

    logger.error(message, *arguments)

    fields = _only_line(stream)
    said = message % arguments if arguments else message
    if said == "child.ended":
        assert fields["event"] == said
    else:
        assert (fields["event"], fields["message"]) == ("tests.wire.log", said)


def test_an_error_brings_its_traceback_on_the_same_line(log):
    logger, stream = log
    try:
        raise ValueError("no")
    except ValueError:
        logger.exception("worker.failed")

    assert _only_line(stream)["traceback"].endswith("ValueError: no")


@pytest.mark.parametrize(
    "evil",
    [
        '\r\n{"level":"CRITICAL","event":"forged.line"}',
        "\x1b[2J\x1b]0;mine\x07",
        "\u202ereversed",
        "\u2028next",
        "\udc80",
    ],
)
def test_nothing_that_is_logged_can_forge_a_line_or_act_on_a_terminal(log, spoken, evil):
    for logger, _ in (log, spoken):
        logger.warning("refused: %s", evil, extra={"task_name": evil, "more": {evil: [evil]}})

    fields = json.loads(log[1].getvalue())
    assert fields["task_name"] == evil
    [line] = spoken[1].getvalue().splitlines()
    assert line.isprintable()


def test_what_cannot_be_shown_costs_no_line(log):
    logger, stream = log

    class Broken:
        def __str__(self):
            raise RuntimeError

    logger.warning("%s %s", "one", extra={"a": Broken(), "b": 10**5000, "c": float("nan"), "d": {Broken(): b"\xff"}})

    fields = _only_line(stream)
    assert "cannot be shown" in fields["message"]
    assert fields["a"] == "<Broken that cannot be shown>"
    assert fields["b"] == "a number of 16610 bits"
    assert (fields["c"], fields["d"]) == ("nan", {"<Broken that cannot be shown>": "b'\\xff'"})


def test_a_line_is_only_so_long(log):
    logger, stream = log
    huge = "x" * 5_000_000
    many = {f"field_{n}": [[[[[huge]]]]] * 1000 for n in range(100)} | {huge: huge, "more": {huge: [huge] * 1000}}

    try:
        raise ValueError(huge)
    except ValueError:
        logger.exception(huge, extra=many)

    fields = _only_line(stream)
    assert len(fields["message"]) == lines.LONGEST_TEXT + 1
    assert lines.LONGEST_TRACEBACK <= len(fields["traceback"]) <= lines.LONGEST_TRACEBACK + 3
    assert fields["traceback"].startswith("Traceback (most recent call last)")
    assert len(stream.getvalue()) < 60_000


def test_a_secret_is_not_in_the_log(log, monkeypatch):
    monkeypatch.setattr(lines, "_secrets", set())
    lines.conceal("canary-of-the-home", "")
    logger, stream = log
    fields = {
        "token": "canary",
        "headers": {"Authorization": "Bearer canary"},
        "url": "postgres://ann:canary@db/zonda",
        "cut": "x" * (lines.LONGEST_TEXT - 6) + "canary-of-the-home",
    }

    try:
        raise ConnectionError("password=canary")
    except ConnectionError:
        logger.exception("the canary-of-the-home is password=canary", extra=fields)

    assert "canary" not in stream.getvalue()
    assert json.loads(stream.getvalue())["token"] == HIDDEN


def test_a_field_never_takes_the_place_of_what_every_line_has(log):
    logger, stream = log

    logger.info("child.ended", extra={"time": 1, "level": 2, "event": 3})

    fields = _only_line(stream)
    assert (fields["level"], fields["event"]) == ("info", "child.ended")
    assert (fields["time_"], fields["level_"], fields["event_"]) == (1, 2, 3)


def test_a_person_reads_an_event_on_one_line_and_its_traceback_below(spoken):
    logger, stream = spoken
    try:
        raise ValueError("no")
    except ValueError:
        logger.exception("child.ended", extra={"child": 3, "how": "was killed", "topic": "W1"})

    first, *below = stream.getvalue().splitlines()
    assert first.endswith('error    worker-1 child.ended child=3 how="was killed" topic=W1')
    assert below[-1] == "    ValueError: no"


def test_a_line_of_a_log_can_be_made_readable(log):
    logger, stream = log
    logger.info("child.ended", extra={"child": 3})

    assert lines.readable(stream.getvalue()).endswith("info     worker-1 child.ended child=3")
    assert lines.readable("Fatal Python error\x1b[2J") == "Fatal Python error\\x1b[2J"
    assert lines.readable("[1]") == "[1]"


EVENTS = """
import gc, logging, sys, threading, warnings
from wire import log
log.configure("worker-1")
log.configure("worker-1")
logging.getLogger("workers").info("worker.starts")
logging.getLogger("workers").debug("nobody.asked")
warnings.warn("old", DeprecationWarning)
thread = threading.Thread(target=lambda: 1 / 0, name="record")
thread.start()
thread.join()
class Broken:
    def __del__(self):
        raise KeyError("gone")
Broken()
log.last_words("worker-1", "it is\\nin use")
raise ValueError("password=canary")
"""
EXPECTED = ["worker.starts", "py.warnings", "thread.failed", "error.ignored", "start.refused", "process.failed"]


def test_everything_that_a_process_says_is_one_object_a_line():
    ended = subprocess.run(
        [sys.executable, "-W", "always", "-c", EVENTS], cwd=ROOT, capture_output=True, text=True, check=False
    )

    found = [json.loads(line) for line in ended.stderr.splitlines()]
    assert [line["event"] for line in found] == EXPECTED
    assert {line["process"] for line in found} == {"worker-1"}
    assert [line["level"] for line in found] == ["info", "warning", "error", "error", "error", "critical"]
    assert "old" in found[1]["message"]
    assert found[2]["thread_name"] == "record"
    assert found[4]["text"] == "it is\nin use"
    assert found[5]["traceback"].endswith(f"ValueError: password={HIDDEN}")
    assert ended.returncode == 1


def test_on_a_terminal_it_is_said_in_words():
    ours, its = pty.openpty()
    with os.fdopen(ours, "rb", buffering=0) as terminal:
        process = subprocess.Popen([sys.executable, "-W", "always", "-c", EVENTS], cwd=ROOT, stderr=its)
        os.close(its)
        said = b""
        try:
            while piece := terminal.read(65536):
                said += piece
        except OSError:
            pass  # how a terminal says that everybody has gone
        process.wait(20)

    first = said.decode().splitlines()[0]
    assert first.endswith("info     worker-1 worker.starts")
    assert "\nit is\r\nin use\r\n" in said.decode()
    assert b"    ZeroDivisionError" in said
    assert b"{" not in said


CHILD = """
import io, logging, os, sys
from wire import log
log.configure("worker-1/3", stream=os.fdopen(os.dup(2), "w", buffering=1))
log.configure_unless_done("django")
sys.stderr = io.StringIO()
os.close(2)
logging.getLogger("shop.tasks").warning("what a task logs")
"""


def test_a_child_keeps_its_log_though_its_standard_error_is_taken_away():
    ended = subprocess.run([sys.executable, "-c", CHILD], cwd=ROOT, capture_output=True, text=True, check=True)

    [line] = ended.stderr.splitlines()
    assert json.loads(line)["process"] == "worker-1/3"
    assert json.loads(line)["message"] == "what a task logs"


def test_nobody_who_reads_is_no_reason_to_end():
    code = """
import logging, os
from wire import log
log.configure("worker-1")
os.close(2)
logging.getLogger("workers").info("worker.starts")
print("goes on")
"""
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)

    assert ended.stdout == "goes on\n"
