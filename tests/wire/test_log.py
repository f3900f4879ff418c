import io
import json
import logging

import pytest

from wire.log import JSONLines


@pytest.fixture
def log():
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JSONLines("worker-1"))
    logger = logging.getLogger("tests.wire.log")
    logger.addHandler(handler)
    logger.propagate = False
    yield logger, stream
    logger.removeHandler(handler)


def test_a_line_is_an_event_with_its_fields(log):
    logger, stream = log

    logger.warning("child.ended", extra={"child": 3, "how": "a\nb", "path": object})

    [line] = stream.getvalue().splitlines()
    fields = json.loads(line)
    assert fields.pop("at").endswith("+00:00")
    assert fields == {
        "level": "warning",
        "process": "worker-1",
        "event": "child.ended",
        "child": 3,
        "how": "a\nb",
        "path": str(object),
    }


def test_an_error_brings_its_traceback_on_the_same_line(log):
    logger, stream = log
    try:
        raise ValueError("no")
    except ValueError:
        logger.exception("worker.failed")

    [line] = stream.getvalue().splitlines()
    assert json.loads(line)["traceback"].endswith("ValueError: no")
