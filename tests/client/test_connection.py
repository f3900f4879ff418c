import pytest

from client.connection import Connection
from client.documents import STATUS, WORKERS
from client.errors import BadAddress, NotZonda, Refused, Unavailable
from client.records import Status
from tests.client.pool import (
    URL,
    APool,
    Reply,
    a_key,
    answer_lost,
    given,
    no_answer_in_time,
    no_connection,
    refused,
    unchanged,
)

T1 = {"id": "t-1"}


def test_what_is_asked_is_answered_typed():
    pool = APool(given(task=a_key("RUNNING")))

    found = pool.connection().ask(STATUS, T1)

    assert found.status is Status.RUNNING
    assert pool.requests[0].variables == T1


@pytest.mark.parametrize("failure", [no_connection(), answer_lost(), no_answer_in_time(), refused("UNAVAILABLE")])
def test_a_call_is_tried_again_until_somebody_answers(failure):
    pool = APool(failure, failure, given(task=a_key()))

    pool.connection().ask(STATUS, T1)

    assert pool.pauses == [0.1, 0.2]


def test_the_calls_patience_has_an_end():
    pool = APool(no_connection())

    with pytest.raises(Unavailable, match="does not answer"):
        pool.connection(patience=5).ask(STATUS, T1)

    assert 3 < pool.now <= 5
    assert max(pool.pauses) <= 2


def test_without_patience_nothing_is_tried_again():
    pool = APool(no_connection())

    with pytest.raises(Unavailable):
        pool.connection(patience=0).ask(STATUS, T1)

    assert len(pool.requests) == 1


@pytest.mark.parametrize("failure", [answer_lost(), no_answer_in_time(), Reply(502)])
def test_what_may_not_be_done_twice_is_not_sent_again_when_its_answer_was_lost(failure):
    pool = APool(failure, given(task=a_key()))

    with pytest.raises(Unavailable, match="may have been done"):
        pool.connection().ask(STATUS, T1, repeatable=False)

    assert len(pool.requests) == 1


@pytest.mark.parametrize("failure", [no_connection(), refused("UNAVAILABLE", status=503)])
def test_what_was_surely_not_done_is_sent_again_in_any_case(failure):
    pool = APool(failure, given(task=a_key()))

    pool.connection().ask(STATUS, T1, repeatable=False)

    assert len(pool.requests) == 2


def test_a_refusal_is_told_at_once_with_its_details():
    pool = APool(refused("UNKNOWN_TASK", "no addd", nearest=["add"]))

    with pytest.raises(Refused, match="no addd") as told:
        pool.connection().ask(WORKERS)

    assert (told.value.code, told.value.details) == ("UNKNOWN_TASK", {"nearest": ["add"]})
    assert len(pool.requests) == 1


@pytest.mark.parametrize(
    "reply",
    [
        Reply(404, b"<html>"),
        Reply(200, b'{"data":{"task":{"id":"\xff","status":"RUNNING"}}}'),
        given(task={"id": 1}),
        given(other=1),
    ],
)
def test_an_answer_that_is_not_zondas_says_where_it_came_from(reply):
    with pytest.raises(NotZonda, match=URL):
        APool(reply).connection().ask(STATUS, T1)


def test_a_look_without_a_tag_is_answered_at_once():
    pool = APool(given("tag-1", task=a_key()))

    seen = pool.connection().look(STATUS, T1)

    assert seen is not None
    assert (seen.value.status, seen.tag) == (Status.QUEUEING, "tag-1")
    assert "Prefer" not in pool.requests[0].headers


@pytest.mark.parametrize(("within", "wait"), [(float("inf"), 25), (100, 25), (7.2, 8), (0.2, 1)])
def test_a_look_with_a_tag_waits_as_long_as_is_left_and_the_backend_allows(within, wait):
    pool = APool(unchanged())

    assert pool.connection().look(STATUS, T1, "tag-1", within) is None
    assert pool.requests[0].headers["If-None-Match"] == "tag-1"
    assert pool.requests[0].headers["Prefer"] == f"wait={wait}"


def test_a_look_never_takes_longer_than_it_may():
    pool = APool(no_answer_in_time())

    assert pool.connection().look(STATUS, T1, "tag-1", 0.2) is None
    assert pool.requests[0].timeout.read_timeout == 0.2
    assert len(pool.requests) == 1


def test_a_backend_that_hangs_is_no_news_but_a_failure():
    pool = APool(no_answer_in_time(), given("tag-2", task=a_key("FINISHED")))

    seen = pool.connection().look(STATUS, T1, "tag-1")

    assert seen is not None
    assert seen.tag == "tag-2"


def test_somebody_in_between_who_does_not_wait_is_not_asked_as_fast_as_it_answers():
    pool = APool(unchanged(waited=False))

    pool.connection().look(STATUS, T1, "tag-1")

    assert pool.pauses == [1.0]


def test_somebody_in_between_who_takes_tags_away_is_not_asked_as_fast_as_it_answers():
    pool = APool(given(task=a_key()))

    pool.connection().look(STATUS, T1, "")

    assert pool.pauses == [1.0]
    assert "If-None-Match" not in pool.requests[0].headers


@pytest.mark.parametrize("url", ["ftp://a/", "127.0.0.1:8000", "http://", "http://a:x/", "http://[/", "http://a/?q=1"])
def test_a_wrong_address_is_named(url):
    with pytest.raises(BadAddress, match="expected http"):
        Connection(url, patience=0)
