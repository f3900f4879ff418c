"""What several processes read in the environment in one way."""

import pytest

from wire.environment import LOOPBACK, given, in_url, max_payload, size, transport


@pytest.mark.parametrize("environ", [{}, {"X": ""}, {"X": " \t"}], ids=str)
def test_a_blank_variable_counts_as_unset(environ):
    assert given(environ, "X") == ""


def test_blanks_around_a_value_mean_nothing():
    assert given({"X": " a b "}, "X") == "a b"
    assert transport({"ZONDA_TRANSPORT": " zeromq+tcp://localhost:1 "}) == "zeromq+tcp://localhost:1"
    assert max_payload({"ZONDA_MAX_PAYLOAD": " 2MiB "}, []) == 2 * 1024 * 1024


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1", 1), ("7B", 7), ("7 B", 7), ("512KiB", 512 * 1024), ("1MiB", 1024 * 1024), ("1048577", 1024 * 1024 + 1)],
)
def test_a_size_is_in_bytes(text, expected):
    wrong: list[str] = []

    assert size({"X": text}, "X", "3B", 1024 * 1024 + 1, wrong) == expected
    assert wrong == []


@pytest.mark.parametrize("text", ["0", "-1", "1.5MiB", "1MB", "1GiB", "٣", "much", "1048577", "9" * 5000])
def test_what_is_no_size_or_too_large_a_one_is_named_with_the_ceiling(text):
    wrong: list[str] = []

    assert size({"X": text}, "X", "3B", 1024 * 1024, wrong) == 1024 * 1024
    [line] = wrong
    assert line.startswith("X=")
    assert line.endswith("at most 1048576 bytes")


def test_a_size_that_is_not_given_is_the_default():
    assert size({}, "X", "3KiB", 4096, []) == 3072


def test_a_payload_must_fit_a_frame():
    wrong: list[str] = []

    assert max_payload({}, wrong) == 1024 * 1024
    assert max_payload({"ZONDA_MAX_PAYLOAD": "3MiB"}, wrong) == 3 * 1024 * 1024
    assert wrong == []
    max_payload({"ZONDA_MAX_PAYLOAD": "3145729"}, wrong)
    assert wrong[0].startswith("ZONDA_MAX_PAYLOAD=3145729")


def test_an_ipv6_host_has_brackets_in_an_address():
    assert [in_url(host) for host in LOOPBACK] == ["127.0.0.1", "localhost", "[::1]"]
