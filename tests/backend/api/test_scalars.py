from datetime import UTC, datetime
from typing import Any

import pytest
from graphql import GraphQLError, parse_value

from backend.api.scalars import JSON, DateTime


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        ("[1, 2.5, true, null]", [1, 2.5, True, None]),
        ('{a: {b: ["x"]}}', {"a": {"b": ["x"]}}),
        ("123456789012345678901234567890", 123456789012345678901234567890),
        ("-0", 0),
        ("$n", 7),
        ("[$n, $missing]", [7, None]),
        ("{n: $n, m: $missing}", {"n": 7}),
    ],
)
def test_a_json_literal_is_the_value_it_writes(literal: str, value: Any):
    assert JSON.parse_literal(parse_value(literal), {"n": 7}) == value


@pytest.mark.parametrize("literal", ["WORD", "[WORD]", "1e999", "1" * 5000])
def test_a_literal_that_is_no_json_value_is_refused(literal: str):
    with pytest.raises(GraphQLError, match="no JSON value"):
        JSON.parse_literal(parse_value(literal), {})


@pytest.mark.parametrize("text", ["2026-11-21T22:04:00Z", "2026-11-21T23:04:00+01:00", "2026-11-21 22:04:00+00:00"])
def test_an_instant_comes_in_utc_whatever_its_zone(text: str):
    moment = DateTime.parse_value(text)

    assert moment == datetime(2026, 11, 21, 22, 4, tzinfo=UTC)
    assert moment.tzinfo is UTC
    assert DateTime.serialize(moment) == "2026-11-21T22:04:00Z"


@pytest.mark.parametrize("value", ["tomorrow", "", 1700000000, None, True, "0001-01-01T00:00:00+23:00"])
def test_what_is_no_instant_is_refused(value: Any):
    with pytest.raises(GraphQLError, match="ISO 8601"):
        DateTime.parse_value(value)
