import pytest

from backend.api.answer import Media
from backend.api.request import BadRequest, condition, from_body, from_query_string, is_json, negotiated


def test_a_body_gives_its_query_and_exact_variables():
    request = from_body(
        b'{"query":"{a}","variables":{"n":123456789012345678901234567890},"operationName":"A","more":1}'
    )

    assert request.query == "{a}"
    assert request.variables == {"n": 123456789012345678901234567890}
    assert request.operationName == "A"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"{}",
        b'{"query":1}',
        b'{"query":"{a}","variables":[]}',
        b'{"query":"{a}","operationName":1}',
        b'{"query":"{a}","extensions":1}',
        b'{"query":"{a}","variables":{"a":NaN}}',
        b'{"query":"\xff"}',
        b'{"query":"{a}","variables":{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}}",
    ],
)
def test_a_body_that_is_no_request_is_refused(body: bytes):
    with pytest.raises(BadRequest):
        from_body(body)


def test_a_query_string_gives_the_same():
    request = from_query_string(b"query=%7Ba%7D&variables=%7B%22n%22%3A1%7D&operationName=A")

    assert (request.query, request.variables, request.operationName) == ("{a}", {"n": 1}, "A")


@pytest.mark.parametrize(
    "text",
    [b"", b"query=", b"query=a&query=b", b"query=a&variables=[1]", b"query=a&variables={", b"query=%ff", b"\xff=1"],
)
def test_a_query_string_that_is_no_request_is_refused(text: bytes):
    with pytest.raises(BadRequest):
        from_query_string(text)


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        (None, Media.RESPONSE),
        ("*/*", Media.RESPONSE),
        ("application/json", Media.JSON),
        ("application/graphql-response+json", Media.RESPONSE),
        ("application/json, application/graphql-response+json", Media.RESPONSE),
        ("application/json, application/graphql-response+json;q=0.5", Media.JSON),
        ("application/json;charset=utf-8", Media.JSON),
        ("text/html,application/xhtml+xml,*/*;q=0.8", Media.RESPONSE),
        ("application/graphql-response+json;q=0, application/*", Media.JSON),
        ("text/html", None),
        ("*/*;q=0", None),
    ],
)
def test_the_media_type_is_the_one_the_client_prefers(accept: str | None, media: Media | None):
    assert negotiated(accept) is media


@pytest.mark.parametrize(
    ("content_type", "json"),
    [
        ("application/json", True),
        ("Application/JSON; charset=UTF-8", True),
        ("application/json; charset=latin-1", False),
        ("text/plain;application/json", False),
        ("application/x-www-form-urlencoded", False),
        ("application/jsonp", False),
        ("", False),
        (None, False),
    ],
)
def test_only_json_in_utf_8_counts_as_json(content_type: str | None, json: bool):
    assert is_json(content_type) is json


def test_without_if_none_match_nobody_waits():
    assert condition([(b"prefer", b"wait=25")]) is None


@pytest.mark.parametrize(
    ("prefer", "wait"),
    [("wait=5", 5), ("respond-async, wait=5", 5), ("Wait = 5; x", 5), ("wait=999", 25), ("wait=-1", 0), ("await=5", 0)],
)
def test_a_wait_is_read_from_prefer_and_bounded(prefer: str, wait: int):
    found = condition([(b"if-none-match", b'"a"'), (b"prefer", prefer.encode())])

    assert found is not None
    assert found.wait == wait


def test_tags_are_compared_weakly_and_a_star_knows_all():
    listed = condition([(b"if-none-match", b'W/"a", "b"')])
    star = condition([(b"if-none-match", b"*")])

    assert listed is not None
    assert star is not None
    assert [listed.knows(tag) for tag in ('"a"', '"b"', '"c"')] == [True, True, False]
    assert star.knows('"c"')
