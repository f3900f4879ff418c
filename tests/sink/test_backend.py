import json

import pytest

from sink.backend import read_answer
from sink.events import CallAnswered, CallFailed, CallRefused


def an_error(code: str | None = None) -> bytes:
    return json.dumps({"errors": [{"message": "no", "extensions": {"code": code} if code else {}}]}).encode()


def test_an_answer_is_read_in_order():
    body = b'{"data":{"reportAttempts":["APPLIED","STALE"]},"extensions":{}}'

    assert read_answer(200, body) == CallAnswered(("APPLIED", "STALE"))


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, an_error()),
        (200, an_error("TOO_LARGE")),
        (200, b'{"data":{"reportAttempts":["APPLIED"]},"errors":[{"message":"no"}]}'),
        (200, b'{"data":null}'),
        (200, b"<html>"),
        (294, an_error("BAD_INPUT")),
        (422, an_error("BAD_INPUT")),
        (413, b""),
        (500, b"\xff"),
    ],
)
def test_what_may_be_due_to_the_reports_is_a_refusal(status, body):
    answer = read_answer(status, body)

    assert isinstance(answer, CallRefused)
    assert str(status) in answer.why


@pytest.mark.parametrize(
    ("status", "body", "sure"),
    [
        (200, an_error("TOO_LARGE"), True),
        (422, an_error("BAD_INPUT"), True),
        (413, b"", True),
        (500, an_error("INTERNAL"), False),
        (200, an_error(), False),
        (500, b"Internal Server Error", False),
        (400, b"Invalid HTTP request received.", False),
    ],
)
def test_a_refusal_is_sure_where_the_backend_says_that_it_is_due_to_the_reports(status, body, sure):
    answer = read_answer(status, body)

    assert isinstance(answer, CallRefused)
    assert answer.sure is sure


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, an_error("UNAVAILABLE")),
        (500, an_error("UNAVAILABLE")),
        (503, b""),
        (502, b"<html>"),
        (429, b""),
        (401, an_error("UNAUTHENTICATED")),
        (200, an_error("FORBIDDEN")),
        (404, b"not here"),
        (302, b""),
    ],
)
def test_what_has_nothing_to_do_with_the_reports_is_a_failed_call(status, body):
    assert isinstance(read_answer(status, body), CallFailed)


def test_the_reason_is_one_short_line():
    body = json.dumps({"errors": [{"message": "x\ny" * 1000}]}).encode()

    answer = read_answer(400, body)

    assert isinstance(answer, CallRefused)
    assert len(answer.why) <= 300
    assert "\n" not in answer.why
