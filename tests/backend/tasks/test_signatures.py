"""What a signature says of itself, and which arguments fit it."""

import enum
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Optional, TypedDict, Unpack
from uuid import UUID

import jsonschema
import pytest
from msgspec import Meta

from backend.tasks.refusals import BadArguments
from backend.tasks.signatures import Signature

type Names = list[str]
type Endless = list[Endless] | int


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


@dataclass
class Point:
    x: int
    y: int = 0


class Address(TypedDict, total=False):
    street: str


def plain(a: int, b: int | float = 2.5, *, c: str = "c") -> None: ...
def untyped(a, b=3): ...
def by_place(a: int, b: int = 0, /): ...
def gathering(first: int, *rest: int, **others: str): ...
def place_and_others(a: int, /, **others: int): ...
def nothing(): ...


def _schema(function):
    schema = Signature(function).schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    json.dumps(schema, allow_nan=False)
    return schema


def _bound(function, *args, **kwargs):
    return Signature(function).bind("t", args, kwargs)


def _refusal(function, *args, **kwargs):
    with pytest.raises(BadArguments) as refused:
        Signature(function).bind("t", args, kwargs)
    assert refused.value.code == "BAD_ARGUMENTS"
    return refused.value.details["parameter"], str(refused.value).partition("' ")[2]


def test_a_schema_has_a_property_for_each_parameter_in_their_order():
    assert _schema(plain) == {
        "type": "object",
        "properties": {
            "a": {"type": "integer"},
            "b": {"anyOf": [{"type": "integer"}, {"type": "number"}], "default": 2.5},
            "c": {"type": "string", "default": "c"},
        },
        "required": ["a"],
        "additionalProperties": False,
    }
    assert list(_schema(plain)["properties"]) == ["a", "b", "c"]


def test_a_parameter_without_a_type_takes_anything():
    assert _schema(untyped)["properties"] == {"a": {}, "b": {"default": 3}}
    assert _bound(untyped, {"any": [1]}) == ([{"any": [1]}], {})


def test_what_is_given_by_place_or_gathers_says_so():
    assert _schema(by_place)["properties"]["b"] == {"type": "integer", "x-positional": True, "default": 0}
    gathers = _schema(gathering)
    assert gathers["properties"]["rest"] == {"type": "array", "items": {"type": "integer"}, "x-variadic": "args"}
    assert gathers["properties"]["others"] == {
        "type": "object",
        "additionalProperties": {"type": "string"},
        "x-variadic": "kwargs",
    }
    assert (gathers["required"], gathers["additionalProperties"]) == (["first"], True)


def test_a_function_without_parameters_has_an_empty_schema():
    assert _schema(nothing)["properties"] == {}
    assert _bound(nothing) == ([], {})


def test_the_context_that_zonda_passes_is_no_parameter():
    def with_context(context, a: int): ...

    signature = Signature(with_context, takes_context=True)

    assert list(signature.schema()["properties"]) == ["a"]
    assert signature.bind("t", [1], {}) == ([1], {})


def test_descriptions_and_limits_are_in_the_schema():
    def f(share: Annotated[float, Meta(ge=0, le=1, description="A share")]): ...

    assert _schema(f)["properties"]["share"] == {
        "type": "number",
        "minimum": 0,
        "maximum": 1,
        "description": "A share",
    }


def test_types_of_ones_own_are_described_once():
    def f(a: Point, b: Point, c: Address, d: Colour = Colour.RED): ...

    schema = _schema(f)

    assert schema["properties"]["a"] == schema["properties"]["b"] == {"$ref": "#/$defs/Point"}
    assert schema["properties"]["d"] == {"$ref": "#/$defs/Colour", "default": "red"}
    assert schema["$defs"]["Colour"]["enum"] == ["red", "blue"]


TYPED: list[tuple[Any, Any, Any]] = [
    (int, 10**40, 10**40),
    (int | float, 1, 1),
    (int | float, 1.0, 1.0),
    (float, 1, 1.0),
    (bool, True, True),
    (Optional[int], None, None),  # noqa: UP045
    (int | None, 3, 3),
    (Literal["a", 1], "a", "a"),
    (Colour, "blue", Colour.BLUE),
    (Point, {"x": 1}, Point(1)),
    (Address, {}, {}),
    (datetime, "2026-11-21T22:04:00Z", datetime(2026, 11, 21, 22, 4, tzinfo=UTC)),
    (UUID, "00000000-0000-0000-0000-000000000001", UUID(int=1)),
    (Decimal, "1.50", Decimal("1.50")),
    (bytes, "AAE=", b"\x00\x01"),
    (list[int], [1], [1]),
    (tuple[int, str], [1, "a"], (1, "a")),
    (set[int], [1, 1], {1}),
    (dict[str, list[int]], {"a": [1]}, {"a": [1]}),
    (dict[int, str], {"1": "a"}, {1: "a"}),
    (Names, ["a"], ["a"]),
    (Any, {"a": None}, {"a": None}),
    (object, [1], [1]),
    (Endless, [[1]], [[1]]),
    (complex, 1, 1),
]


@pytest.mark.parametrize(("hint", "given", "made"), TYPED, ids=lambda value: str(value)[:30])
def test_a_value_is_made_into_its_type(hint, given, made):
    def f(a): ...

    f.__annotations__["a"] = hint
    _schema(f)

    ((value,), _) = _bound(f, given)

    assert value == made
    assert type(value) is type(made)


@pytest.mark.parametrize(
    ("hint", "given", "why"),
    [
        (int, "1", "must be a whole number, not text"),
        (int, True, "must be a whole number, not a boolean"),
        (int, 1.5, "must be a whole number, not a decimal"),
        (int | float, True, "must be a number, not a boolean"),
        (str, 1, "must be text, not a number"),
        (str, None, "must be text, not null"),
        (Literal["a"], "b", 'must be one of its choices, not "b"'),
        (Colour, "green", 'must be one of its choices, not "green"'),
        (Point, {"y": 1}, "is missing"),
        (datetime, "yesterday", "must be a date and time such as 2026-11-21T22:04:00Z"),
        (list[int], [1, "a"], "must be a whole number, not text"),
        (Annotated[int, Meta(ge=0)], -1, "must be at least 0"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_value_of_another_type_is_refused_by_its_parameter(hint, given, why):
    def f(a): ...

    f.__annotations__["a"] = hint

    parameter, said = _refusal(f, given)

    assert (parameter, said) == ("a", why)


def test_arguments_are_taken_by_place_and_by_name():
    assert _bound(plain, 1, 2) == ([1, 2], {})
    assert _bound(plain, b=2, a=1, c="x") == ([], {"b": 2, "a": 1, "c": "x"})
    assert _bound(by_place, 1) == ([1], {})
    assert _bound(gathering, 1, 2, 3, x="y") == ([1, 2, 3], {"x": "y"})


def test_a_name_by_place_alone_may_come_again_among_the_others():
    assert _bound(place_and_others, 1, a=2) == ([1], {"a": 2})
    assert _refusal(place_and_others, a=2) == ("a", "is missing")


@pytest.mark.parametrize(
    ("function", "args", "kwargs", "refusal"),
    [
        (plain, [], {}, ("a", "is missing")),
        (plain, [1, 2, 3], {}, ("args[2]", "is one too many: it takes 2 by place, 3 were given")),
        (plain, [1], {"a": 1}, ("a", "is given twice: in args by its place and in kwargs by its name")),
        (plain, [1], {"bb": 1}, ("bb", "is unknown; did you mean 'b'?")),
        (plain, [1], {"zebra": 1}, ("zebra", "is unknown; the parameters are: a, b, c")),
        (nothing, [], {"zebra": 1}, ("zebra", "is unknown; the parameters are: none")),
        (by_place, [1], {"b": 2}, ("b", "can only be given by its place, in args")),
        (gathering, [1, "two"], {}, ("rest", "must be a whole number, not text")),
        (gathering, [1], {"x": 2}, ("x", "must be text, not a number")),
        (gathering, [], {"x": "y"}, ("first", "is missing")),
    ],
)
def test_a_refusal_names_the_parameter_and_says_what_is_wrong(function, args, kwargs, refusal):
    assert _refusal(function, *args, **kwargs) == refusal


def test_a_refusal_says_where_in_the_value_it_is_wrong():
    def f(points: dict[str, list[Point]], *more: list[int]): ...

    def refusal(*args):
        with pytest.raises(BadArguments) as refused:
            _bound(f, *args)
        return str(refused.value), refused.value.details["at"]

    assert refusal({"a": [{"x": 1}, {}]}) == ("t: parameter 'points[...][1].x' is missing", "[...][1].x")
    assert refusal({}, [1], [2, "3"]) == ("t: parameter 'more[1][1]' must be a whole number, not text", "[1][1]")


def test_a_hint_that_is_not_there_while_running_leaves_the_function_usable():
    def f(a: "Unknown", b: "int.nothing.there" = 1): ...  # type: ignore  # noqa: F821, PGH003

    assert _schema(f)["properties"] == {"a": {}, "b": {"default": 1}}
    assert _bound(f, "anything") == (["anything"], {})


def test_a_hint_that_json_has_no_form_for_takes_anything():
    class Custom:
        pass

    def f(a: Custom, b: Annotated[str, Meta(ge=1)], *, c: "Custom | None" = None, **d: Unpack[Address]): ...

    assert _schema(f)["properties"]["a"] == _schema(f)["properties"]["b"] == {}


@pytest.mark.parametrize(
    ("default", "shown"),
    [
        (None, True),
        (Point(1), True),
        ({1: "a"}, True),
        ((1, 2), True),
        (datetime(2026, 1, 1, tzinfo=UTC), True),
        (float("nan"), False),
        (float("inf"), False),
        (object(), False),
        (print, False),
    ],
    ids=str,
)
def test_a_default_is_shown_where_json_has_a_form_for_it(default, shown):
    def f(a=default): ...

    assert ("default" in _schema(f)["properties"]["a"]) is shown
    assert _schema(f)["required"] == []
