from datetime import UTC, datetime, timedelta

import pytest

from client.command.words import BadWord, arguments, instant, seconds, value

NOW = datetime(2026, 11, 21, 22, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("1", 1),
        ("-1.5", -1.5),
        ("true", True),
        ("null", None),
        ("[1, 2]", [1, 2]),
        ('{"a": 1}', {"a": 1}),
        ('"1"', "1"),
        ("12345678901234567890123", 12345678901234567890123),
        ("to be", "to be"),
        ("", ""),
        ("01", "01"),
        ("True", "True"),
        ("NaN", "NaN"),
        ("[1, 2", "[1, 2"),
        ("[" * 100_000, "[" * 100_000),
    ],
)
def test_a_word_that_is_json_is_json_and_any_other_is_text(word, expected):
    assert value(word) == expected
    assert type(value(word)) is type(expected)


def test_arguments_by_name_have_their_name_before_an_equals_sign():
    assert arguments(["1", "b=2", "text=a=b", "x ="]) == ([1, "x ="], {"b": 2, "text": "a=b"})


@pytest.mark.parametrize("word", ['"a=b"', "1=2", "a-b=c", "=x"])
def test_what_is_no_name_before_an_equals_sign_makes_no_argument_by_name(word):
    assert arguments([word])[1] == {}


def test_an_argument_by_name_is_there_once():
    with pytest.raises(BadWord, match="a= is there twice"):
        arguments(["a=1", "a=2"])


def test_bytes_that_are_no_text_are_refused():
    with pytest.raises(BadWord, match="Unicode"):
        value("\udcff")


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("2026-11-21T22:04:00Z", NOW),
        ("2026-11-21T23:04:00+01:00", NOW),
        ("90s", NOW + timedelta(seconds=90)),
        ("1.5h", NOW + timedelta(minutes=90)),
        ("5m", NOW + timedelta(minutes=5)),
        ("2d", NOW + timedelta(days=2)),
    ],
)
def test_an_instant_is_one_or_a_span_from_now(word, expected):
    assert instant(word, NOW) == expected


@pytest.mark.parametrize(
    ("word", "says"),
    [("2026-11-21T22:04:00", "time zone"), ("tomorrow", "no instant"), ("5", "no instant"), ("999999999d", "later")],
)
def test_what_is_no_instant_is_told_how_one_is_written(word, says):
    with pytest.raises(BadWord, match=says):
        instant(word, NOW)


@pytest.mark.parametrize("word", ["-1", "x", "inf", "nan", ""])
def test_what_is_no_number_of_seconds_is_refused(word):
    with pytest.raises(BadWord, match="seconds"):
        seconds(word)
