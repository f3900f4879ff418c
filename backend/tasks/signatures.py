"""The typed signature of a task function: what it takes, as JSON Schema, and whether given arguments fit.

Types are read as msgspec reads them: str, int, float, bool, None, list, dict, tuple, set, Literal, Enum, dataclass,
TypedDict, datetime, UUID, Decimal, unions and Optional. A parameter without a type, or with one that JSON has no form
for, takes any JSON value.
"""

import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final, get_type_hints

import msgspec
from msgspec import Struct

from backend.tasks import docstrings, misfits, schemas
from backend.tasks.refusals import BadArguments

type JSON = bool | int | float | str | list[JSON] | dict[str, JSON] | None

UNREADABLE: Final = (NameError, TypeError, AttributeError, SyntaxError)
"""What reading the type hints of a function may raise, whose arguments are then not checked."""

_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


class _Parameter(Struct, frozen=True):
    name: str
    kind: inspect._ParameterKind
    type: Any
    required: bool
    default: object


class Signature:
    """The parameters of one task function, without the context that Zonda itself passes."""

    def __init__(self, function: Callable[..., object], *, takes_context: bool = False) -> None:
        found = list(inspect.signature(function).parameters.values())[takes_context:]
        self.description, self._about = docstrings.read(function.__doc__)
        try:
            hints = get_type_hints(function, include_extras=True)
        except UNREADABLE:
            # A hint that names something importable only while type checking: the function runs all the same.
            hints = {}
        self._parameters = tuple(
            _Parameter(p.name, p.kind, _checked(hints.get(p.name, Any)), p.default is p.empty, p.default) for p in found
        )
        self._named = {p.name: p for p in self._parameters if p.kind in _NAMED}
        self._positional = [
            p for p in self._parameters if p.kind in (p.kind.POSITIONAL_ONLY, p.kind.POSITIONAL_OR_KEYWORD)
        ]
        self._rest = next((p for p in self._parameters if p.kind is p.kind.VAR_POSITIONAL), None)
        self._others = next((p for p in self._parameters if p.kind is p.kind.VAR_KEYWORD), None)

    def schema(self) -> dict[str, Any]:
        """JSON Schema (2020-12) of an object with a property for each parameter, in the order of the signature.

        `x-positional` marks a parameter that can only be given by place, `x-variadic` what gathers the rest.
        """
        described, definitions = schemas.described(p.type for p in self._parameters)
        properties: dict[str, Any] = {}
        whole: schemas.Schema
        for parameter, entry in zip(self._parameters, described, strict=True):
            match parameter.kind:
                case inspect.Parameter.VAR_POSITIONAL:
                    whole = {"type": "array", "items": entry, "x-variadic": "args"}
                case inspect.Parameter.VAR_KEYWORD:
                    whole = {"type": "object", "additionalProperties": entry, "x-variadic": "kwargs"}
                case inspect.Parameter.POSITIONAL_ONLY:
                    whole = {**entry, "x-positional": True}
                case _:
                    whole = entry
            if not parameter.required and _is_json(parameter.default):
                whole["default"] = _in_json(parameter.default)
            if about := self._about.get(parameter.name):
                whole.setdefault("description", about)
            properties[parameter.name] = whole
        required = [p.name for p in self._parameters if p.required and p not in (self._rest, self._others)]
        return {
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": self._others is not None,
            **({"$defs": definitions} if definitions else {}),
        }

    def bind(self, task: str, args: Sequence[JSON], kwargs: Mapping[str, JSON]) -> tuple[list[Any], dict[str, Any]]:
        """The arguments as the function wants them: JSON values made into its types.

        Raises BadArguments, naming the parameter that is wrong.
        """
        bound: list[Any] = []
        for place, value in enumerate(args):
            parameter = self._positional[place] if place < len(self._positional) else self._rest
            if parameter is None:
                many = len(self._positional)
                raise BadArguments(
                    task, f"args[{place}]", f"is one too many: it takes {many} by place, {len(args)} were given"
                )
            # What `*rest` gathers is a list of its own, as its schema says.
            at = f"[{place - len(self._positional)}]" if parameter is self._rest else ""
            bound.append(_made(task, parameter.name, parameter.type, value, at))
        placed = {p.name for p in self._positional[: len(args)]}
        named: dict[str, Any] = {}
        for name, value in kwargs.items():
            parameter = self._named.get(name) or self._others
            if parameter is None:
                raise BadArguments(task, name, self._unknown(name))
            if name in placed and parameter is not self._others:
                raise BadArguments(task, name, "is given twice: in args by its place and in kwargs by its name")
            named[name] = _made(task, name, parameter.type, value)
        given = placed | (named.keys() & self._named.keys())
        for parameter in self._parameters:
            gathers = parameter in (self._rest, self._others)
            if parameter.required and not gathers and parameter.name not in given:
                raise BadArguments(task, parameter.name, "is missing")
        return bound, named

    def _unknown(self, name: str) -> str:
        if any(p.name == name for p in self._positional):
            return "can only be given by its place, in args"
        near = get_close_matches(name, self._named, n=1)
        known = ", ".join(p.name for p in self._parameters) or "none"
        return f"is unknown; did you mean {near[0]!r}?" if near else f"is unknown; the parameters are: {known}"


def has_json_form(hint: Any) -> bool:
    """Whether a value of this type can be read from JSON."""
    try:
        schemas.described([hint])
        msgspec.json.Decoder(hint)
    except (TypeError, ValueError, NameError, RecursionError):
        return False
    return True


def _checked(hint: Any) -> Any:
    """The type that a parameter's value is made into: any JSON value, where the hint's own can't be read from JSON."""
    return hint if has_json_form(hint) else Any


def _is_json(value: object) -> bool:
    try:
        json.dumps(_in_json(value), allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return False
    return True


def _in_json(value: object) -> Any:
    return msgspec.to_builtins(value, str_keys=True)


def _made(task: str, name: str, wanted: Any, value: JSON, at: str = "") -> Any:
    try:
        # The keys of a JSON object are text, whatever type the dict is to have.
        return msgspec.convert(value, wanted, str_keys=True)
    except msgspec.ValidationError as error:
        inside, why = misfits.told(str(error))
        raise BadArguments(task, name, why, at=at + inside) from error
