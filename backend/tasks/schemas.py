"""JSON Schema (2020-12) of Python types as msgspec reads them from JSON.

msgspec's own schema is made for checking. A form wants more: a format for a time, and for a date and time that may lack
its zone; choices and the fields of a TypedDict in their order; what the keys of a dict are.
"""

import re
from collections.abc import Iterable
from inspect import cleandoc
from typing import Any, get_type_hints

import msgspec
from msgspec import inspect as types

type Schema = dict[str, Any]

_NAMELESS = re.compile(r"[^A-Za-z0-9._-]")


def described(hints: Iterable[Any]) -> tuple[list[Schema], dict[str, Schema]]:
    """The schemas of types in their order, and those of the classes that they refer to as `#/$defs/<name>`.

    `x-keys` beside `additionalProperties` is the type of a dict's keys, where that is not text; `x-zone` says whether a
    time must name its zone, "required", or must not, "refused". Raises TypeError, ValueError, NameError or
    RecursionError for a type that JSON has no form for.
    """
    describing = _Describing()
    return [describing.schema(found) for found in types.multi_type_info(hints)], describing.definitions


class _Describing:
    """Descriptions of types, with the classes among them described once."""

    def __init__(self) -> None:
        self.definitions: dict[str, Schema] = {}
        self._names: dict[Any, str] = {}

    def schema(self, found: types.Type) -> Schema:
        match found:
            case types.Metadata():
                return {**self.schema(found.type), **(found.extra_json_schema or {})}
            case types.UnionType():
                # None comes last, as one says it.
                ordered = sorted(found.types, key=lambda option: isinstance(option, types.NoneType))
                return {"anyOf": [self.schema(option) for option in ordered]}
            case types.CollectionType() | types.TupleType() | types.DictType() | types.FrozenDictType():
                return self._container(found)
            case types.EnumType() | types.TypedDictType() | types.DataclassType() | types.NamedTupleType():
                return {"$ref": f"#/$defs/{self._named(found)}"}
            case types.StructType():
                return self._struct(found)
        return _scalar(found)

    def _container(
        self, found: "types.CollectionType | types.TupleType | types.DictType | types.FrozenDictType"
    ) -> Schema:
        if isinstance(found, types.TupleType):
            return {"type": "array", **self._places(found.item_types, len(found.item_types)), "items": False}
        if not isinstance(found, types.CollectionType):
            return self._dict(found)
        items = {} if isinstance(found.item_type, types.AnyType) else {"items": self.schema(found.item_type)}
        unique = {"uniqueItems": True} if isinstance(found, types.SetType | types.FrozenSetType) else {}
        return {"type": "array", **items, **unique, **_sizes(found, "Items")}

    def _dict(self, found: "types.DictType | types.FrozenDictType") -> Schema:
        values = {} if isinstance(found.value_type, types.AnyType) else self.schema(found.value_type)
        keys = self.schema(found.key_type)
        if keys.pop("type", None) == "string" and "format" not in keys:
            named = {"propertyNames": keys} if keys else {}
        else:
            # The names of a JSON object are text: what they are to be made into is for who asks to see.
            named = {"x-keys": self.schema(found.key_type)} if not isinstance(found.key_type, types.AnyType) else {}
        return {
            "type": "object",
            **({"additionalProperties": values} if values else {}),
            **named,
            **_sizes(found, "Properties"),
        }

    def _named(self, found: Any) -> str:
        """The name under which the class is defined, which it is from now on."""
        if (name := self._names.get(found.cls)) is not None:
            return name
        name = _NAMELESS.sub("_", _name(found.cls))
        if name in self.definitions:
            name = _NAMELESS.sub("_", f"{found.cls.__module__}.{found.cls.__qualname__}")
        self._names[found.cls] = name
        # Before its fields are described: they may be of the same class.
        self.definitions[name] = definition = {"title": _name(found.cls)}
        if about := _about(found.cls):
            definition["description"] = about
        definition.update(self._definition(found))
        return name

    def _definition(self, found: Any) -> Schema:
        if isinstance(found, types.EnumType):
            return {"enum": [member.value for member in found.cls]}
        required = [field.encode_name for field in found.fields if field.required]
        if isinstance(found, types.NamedTupleType):
            return {"type": "array", **self._places([field.type for field in found.fields], len(required))}
        fields = {field.encode_name: self._field(field) for field in found.fields}
        if isinstance(found, types.TypedDictType):
            fields = {name: fields[name] for name in get_type_hints(found.cls)}
        return {"type": "object", "properties": fields, "required": [name for name in fields if name in required]}

    def _field(self, field: types.Field) -> Schema:
        schema = self.schema(field.type)
        default = field.default_factory() if field.default_factory in (list, dict, set) else field.default
        if default is not msgspec.NODEFAULT:
            schema["default"] = msgspec.to_builtins(default, str_keys=True)
        return schema

    def _places(self, items: Iterable[types.Type], least: int) -> Schema:
        schemas = [self.schema(item) for item in items]
        sizes = {"minItems": least, "maxItems": len(schemas)}
        return {**sizes, "prefixItems": schemas} if schemas else sizes

    def _struct(self, found: types.StructType) -> Schema:
        (schema,), definitions = msgspec.json.schema_components([found.cls], ref_template="#/$defs/{name}")
        self.definitions.update(definitions)
        return dict(schema)


def _scalar(found: types.Type) -> Schema:
    match found:
        case types.AnyType() | types.RawType():
            return {}
        case types.NoneType():
            return {"type": "null"}
        case types.BoolType():
            return {"type": "boolean"}
        case types.IntType():
            return {"type": "integer", **_bounds(found)}
        case types.FloatType():
            return {"type": "number", **_bounds(found)}
        case types.LiteralType():
            return {"enum": list(found.values)}
    return {"type": "string", **_text(found)}


def _text(found: types.Type) -> Schema:
    """What of its text form can be said. TypeError for what JSON has no form for."""
    match found:
        case types.StrType():
            pattern = {} if found.pattern is None else {"pattern": found.pattern}
            return {**_sizes(found, "Length"), **pattern}
        case types.BytesType() | types.ByteArrayType() | types.MemoryViewType():
            return {"contentEncoding": "base64"}
        case types.DateTimeType():
            # Without a zone it is none of RFC 3339, but a form asks for it in the same way.
            return {"format": "date-time", **_zone(found)}
        case types.TimeType():
            return {"format": "time", **_zone(found)}
        case types.DateType():
            return {"format": "date"}
        case types.TimeDeltaType():
            return {"format": "duration"}
        case types.UUIDType():
            return {"format": "uuid"}
        case types.DecimalType():
            return {"format": "decimal"}
    raise TypeError(f"JSON has no form for {found!r}")


def _bounds(found: types.IntType | types.FloatType) -> Schema:
    bounds = {
        "minimum": found.ge,
        "exclusiveMinimum": found.gt,
        "maximum": found.le,
        "exclusiveMaximum": found.lt,
        "multipleOf": found.multiple_of,
    }
    return {name: bound for name, bound in bounds.items() if bound is not None}


def _zone(found: types.DateTimeType | types.TimeType) -> Schema:
    return {} if found.tz is None else {"x-zone": "required" if found.tz else "refused"}


def _sizes(found: Any, what: str) -> Schema:
    sizes = {f"min{what}": found.min_length, f"max{what}": found.max_length}
    return {name: size for name, size in sizes.items() if size is not None}


def _name(cls: Any) -> str:
    if not hasattr(cls, "__origin__"):
        return str(cls.__name__)
    parts = ", ".join(part.__name__ if isinstance(part, type) else repr(part) for part in cls.__args__)
    return f"{cls.__origin__.__name__}[{parts}]"


def _about(cls: Any) -> str:
    """The docstring that somebody wrote for the class, not the one that is made of its fields."""
    cls = getattr(cls, "__origin__", cls)
    about = cleandoc(cls.__dict__.get("__doc__") or "")
    return "" if about.startswith(f"{cls.__name__}(") or about == "An enumeration." else about
