import json

import pytest

from client.answers import Foreign, Given, NotNow, Refusal, read_answer


def an_error(code: str | None = "BAD_INPUT", **details: object) -> bytes:
    extensions = {"code": code, **details} if code else {}
    return json.dumps({"data": None, "errors": [{"message": "no", "extensions": extensions}]}).encode()


def test_the_field_that_was_asked_for_is_given_as_it_came():
    body = b'{"data":{"task":{"result": 12345678901234567890123}}}'

    assert read_answer(200, body, "task") == Given(b'{"result": 12345678901234567890123}')


@pytest.mark.parametrize("status", [200, 400, 403, 405, 413, 500])
def test_an_error_is_a_refusal_with_its_code_and_what_stands_beside_it(status):
    answer = read_answer(status, an_error("CONFLICT", index=17), "task")

    assert answer == Refusal("CONFLICT", "no", {"index": 17})


def test_an_error_without_a_code_is_bad_input():
    assert read_answer(200, an_error(None), "task") == Refusal("BAD_INPUT", "no", {})


def test_an_error_beside_data_is_a_refusal_all_the_same():
    body = b'{"data":{"task":null},"errors":[{"message":"no","extensions":{"code":"NOT_FOUND"}}]}'

    assert read_answer(200, body, "task") == Refusal("NOT_FOUND", "no", {})


def test_a_backend_that_cannot_just_now_has_changed_nothing():
    assert read_answer(503, an_error("UNAVAILABLE"), "task") == NotNow("no", untouched=True)


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_proxy_that_got_no_answer_does_not_know_what_was_changed(status):
    assert read_answer(status, b"<html>bad gateway</html>", "task") == NotNow(f"HTTP {status}", untouched=False)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"<html>"),
        (404, b"not here"),
        (302, b""),
        (200, b"\xff"),
        (200, b'{"data":{}}'),
        (200, b"[]"),
        (200, b"{}"),
    ],
)
def test_what_is_no_answer_of_zondas_is_foreign(status, body):
    answer = read_answer(status, body, "task")

    assert isinstance(answer, Foreign)
    assert str(status) in answer.why


def test_what_is_said_of_a_foreign_answer_is_one_short_line():
    answer = read_answer(404, b"a\nb" * 10_000, "task")

    assert isinstance(answer, Foreign)
    assert len(answer.why) < 400
    assert "\n" not in answer.why
