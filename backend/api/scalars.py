"""The scalars that GraphQL does not bring: any JSON value, and an instant."""

from datetime import UTC, datetime
from math import isfinite
from typing import Any

import graphene
from graphql import (
    BooleanValueNode,
    FloatValueNode,
    GraphQLError,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    StringValueNode,
    Undefined,
    ValueNode,
    VariableNode,
)

_SAFE_DIGITS = 4300


class JSON(graphene.Scalar):
    """Any JSON value: object, array, string, number, boolean or null, passed through unchanged."""

    @staticmethod
    def serialize(value: Any) -> Any:
        return value

    @staticmethod
    def parse_value(value: Any) -> Any:
        return value

    @staticmethod
    def parse_literal(node: ValueNode, variables: dict[str, Any] | None = None) -> Any:
        """The value of a literal. A variable in it that was not given is null in an array, and absent in an object."""
        match node:
            case StringValueNode() | BooleanValueNode():
                return node.value
            case IntValueNode() if len(node.value) <= _SAFE_DIGITS:
                return int(node.value)
            case FloatValueNode() if isfinite(float(node.value)):
                return float(node.value)
            case NullValueNode():
                return None
            case ListValueNode():
                values = (JSON.parse_literal(item, variables) for item in node.values)
                return [None if value is Undefined else value for value in values]
            case ObjectValueNode():
                pairs = ((field.name.value, JSON.parse_literal(field.value, variables)) for field in node.fields)
                return {name: value for name, value in pairs if value is not Undefined}
            case VariableNode():
                return (variables or {}).get(node.name.value, Undefined)
        raise GraphQLError("That is no JSON value: a string stands in double quotes, and a number must fit one.", node)


class DateTime(graphene.Scalar):
    """An instant as ISO 8601 with its zone: 2026-11-21T22:04:00Z or 2026-11-21T23:04:00.5+01:00."""

    @staticmethod
    def serialize(value: datetime) -> str:
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")

    @staticmethod
    def parse_value(value: Any) -> datetime:
        """The instant in UTC. Without a zone it stays so: whoever knows the field's name refuses it by that."""
        try:
            if not isinstance(value, str):
                raise TypeError
            moment = datetime.fromisoformat(value)
            return moment if moment.tzinfo is None else moment.astimezone(UTC)
        except (TypeError, ValueError, OverflowError):
            raise GraphQLError(
                f"{str(value)[:80]!r} is no instant; write it as ISO 8601 with a zone, such as 2026-11-21T22:04:00Z."
            ) from None

    @staticmethod
    def parse_literal(node: ValueNode, _variables: dict[str, Any] | None = None) -> datetime:
        if isinstance(node, StringValueNode):
            return DateTime.parse_value(node.value)
        raise GraphQLError('An instant is a string such as "2026-11-21T22:04:00Z".', node)
