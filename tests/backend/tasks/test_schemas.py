"""The JSON Schema of types, where it says more than msgspec's own, or stands for it."""

import enum
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Annotated, Any, Literal, NamedTuple, TypedDict

import jsonschema
import msgspec
import pytest
from msgspec import Meta

from backend.tasks.schemas import described


class Size(enum.Enum):
    SMALL = 3
    LARGE = 1


class Base(TypedDict):
    zebra: int


class Derived(Base, total=False):
    apple: str


class Pair(NamedTuple):
    first: int
    second: str = "b"


@dataclass
class Box[T]:
    """Holds one."""

    content: T
    tags: list[str] = field(default_factory=list)
    made: datetime = field(default_factory=datetime.now)


class Shape(msgspec.Struct, tag=True):
    sides: int


def _schema(hint):
    (schema,), definitions = described([hint])
    whole = {**schema, "$defs": definitions} if definitions else schema
    jsonschema.Draft202012Validator.check_schema(whole)
    return whole


@pytest.mark.parametrize(
    ("hint", "schema"),
    [
        (datetime, {"type": "string", "format": "date-time"}),
        (Annotated[time, Meta(tz=True)], {"type": "string", "format": "time", "x-zone": "required"}),
        (dict[Any, int], {"type": "object", "additionalProperties": {"type": "integer"}}),
        (dict[int, Any], {"type": "object", "x-keys": {"type": "integer"}}),
        (dict[Annotated[str, Meta(max_length=2)], Any], {"type": "object", "propertyNames": {"maxLength": 2}}),
        (Annotated[dict[str, Any], Meta(min_length=1)], {"type": "object", "minProperties": 1}),
        (None | int, {"anyOf": [{"type": "integer"}, {"type": "null"}]}),
        (Literal["b", "a"], {"enum": ["a", "b"]}),
        (frozenset[int], {"type": "array", "items": {"type": "integer"}, "uniqueItems": True}),
        (tuple[()], {"type": "array", "minItems": 0, "maxItems": 0, "items": False}),
        (bytes, {"type": "string", "contentEncoding": "base64"}),
    ],
    ids=str,
)
def test_a_type_has_its_schema(hint, schema):
    assert _schema(hint) == schema


def test_choices_and_fields_keep_their_order():
    assert _schema(Size)["$defs"]["Size"]["enum"] == [3, 1]
    derived = _schema(Derived)["$defs"]["Derived"]
    assert (list(derived["properties"]), derived["required"]) == (["zebra", "apple"], ["zebra"])


def test_a_named_tuple_is_a_list_with_its_places():
    assert _schema(Pair)["$defs"]["Pair"] == {
        "title": "Pair",
        "type": "array",
        "minItems": 1,
        "maxItems": 2,
        "prefixItems": [{"type": "integer"}, {"type": "string"}],
    }


def test_a_dataclass_says_what_it_is_and_the_defaults_that_are_always_the_same():
    assert _schema(Box[int])["$defs"]["Box_int_"] == {
        "title": "Box[int]",
        "description": "Holds one.",
        "type": "object",
        "properties": {
            "content": {"type": "integer"},
            "tags": {"type": "array", "items": {"type": "string"}, "default": []},
            "made": {"type": "string", "format": "date-time"},
        },
        "required": ["content"],
    }


def test_classes_of_one_name_are_told_apart():
    @dataclass
    class Shape:  # another than the one above
        corners: int

    definitions = _schema(dict[str, Pair | Box[int]] | tuple[Shape, Size])["$defs"]
    assert "Shape" in definitions

    (_, _), both = described([_named("Same", int), _named("Same", str)])
    assert len(both) == 2


def _named(name, kind):
    return dataclass(type(name, (), {"__annotations__": {"a": kind}, "__qualname__": f"{name}.{kind.__name__}"}))


def test_a_struct_is_described_as_msgspec_does():
    assert _schema(Shape)["$defs"]["Shape"]["properties"] == {"type": {"enum": ["Shape"]}, "sides": {"type": "integer"}}


def test_what_json_has_no_form_for_is_refused():
    class Custom:
        pass

    with pytest.raises(TypeError):
        described([Custom])
