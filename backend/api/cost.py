"""How many values an operation may answer with, as far as that can be told before it is executed. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    is_list_type,
)

from backend.api.limits import UNCOUNTED, TooComplex, fragments_of

MAX_VALUES: Final = 100_000
"""500 tasks with all there is to them but their logs have half of it."""

_SIZE_ARGUMENTS: Final[Mapping[str, int]] = {"first": 500, "last": 500, "minutes": 1440}
"""The most that each argument for a size may say; what says more is refused by name later."""

_PAGE: Final = 50
"""The size of what is asked for without a size."""

_USUAL: Final = 10
_LISTS: Final[Mapping[str, int]] = {
    "Query.taskTypes": 50,
    "Query.workers": 20,
    "Worker.tasks": 50,
    "Task.attempts": 3,
    "Task.events": 6,
    "CreateTasks.tasks": 1_000,
}
"""How long lists are that no argument bounds, taken high; all others are _USUAL."""


class Cost:
    """How many values the answer to an operation may have, in a valid document."""

    def __init__(self, ast: DocumentNode, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._fragments = fragments_of(ast)
        self._operations = [node for node in ast.definitions if isinstance(node, OperationDefinitionNode)]
        # Most documents are cheap whatever their variables say; those are not counted again with each request.
        self._always_cheap = all(self._values(operation, None) <= MAX_VALUES for operation in self._operations)

    def check(self, operation_name: str | None, variables: Mapping[str, Any]) -> None:
        """TooComplex for an operation whose answer would be too large."""
        if self._always_cheap:
            return
        for operation in self._operations:
            if operation_name and (operation.name is None or operation.name.value != operation_name):
                continue
            values = self._values(operation, variables)
            if values > MAX_VALUES:
                raise TooComplex("values to answer", values, MAX_VALUES, "ask for fewer at a time, or for fewer fields")

    def _values(self, operation: OperationDefinitionNode, variables: Mapping[str, Any] | None) -> int:
        """The number of values; without variables the largest that any could lead to."""
        root = self._schema.get_root_type(operation.operation)
        return _Count(self._schema, self._fragments, _Sizes(operation, variables)).of(operation.selection_set, root)


class _Sizes:
    """What the arguments of a field say of how much it brings."""

    def __init__(self, operation: OperationDefinitionNode, variables: Mapping[str, Any] | None) -> None:
        self._variables = variables
        self._defaults = {node.variable.name.value: node.default_value for node in operation.variable_definitions}

    def of(self, node: FieldNode, usual: Any) -> int | None:
        """None where the field has no argument for a size, `usual` where it has one that is not given."""
        found = [
            min(size, most)
            for argument in node.arguments
            if (most := _SIZE_ARGUMENTS.get(argument.name.value)) is not None
            and (size := self._value(argument.value, most)) is not None
        ]
        size = max(found) if found else usual
        return max(size, 0) if isinstance(size, int) else None

    def _value(self, node: ValueNode | None, most: int) -> int | None:
        match node:
            case IntValueNode():
                return int(node.value)
            case VariableNode():
                return self._given(node.name.value, most)
        return None

    def _given(self, name: str, most: int) -> int | None:
        if self._variables is None:
            return most
        value = self._variables[name] if name in self._variables else self._value(self._defaults.get(name), most)
        return value if isinstance(value, int) else None


class _Count:
    """Counts the values of one operation. A fragment is counted once for each size of list that it stands in."""

    def __init__(self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode], sizes: _Sizes) -> None:
        self._schema = schema
        self._fragments = fragments
        self._sizes = sizes
        self._counted: dict[tuple[str, int], int] = {}

    def of(self, selections: SelectionSetNode, parent: GraphQLNamedType | None, page: int = _USUAL) -> int:
        """The values in one object of this type; `page` is how many entries its lists have that a parent bounds."""
        total = 0
        for node in selections.selections:
            match node:
                case FieldNode():
                    total += self._field(node, parent, page)
                case InlineFragmentNode():
                    condition = node.type_condition
                    inner = self._schema.get_type(condition.name.value) if condition else parent
                    total += self.of(node.selection_set, inner, page)
                case FragmentSpreadNode():
                    total += self._fragment(node.name.value, page)
        return min(total, UNCOUNTED)

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None, page: int) -> int:
        field = parent.fields.get(node.name.value) if isinstance(parent, GraphQLObjectType) else None
        if field is None:
            # Introspection: its lists are the schema's, and a rule of validation bounds how they nest.
            return 1
        usual = next((field.args[name].default_value for name in _SIZE_ARGUMENTS if name in field.args), None)
        bounded = any(name in field.args for name in _SIZE_ARGUMENTS)
        size = self._sizes.of(node, usual if isinstance(usual, int) else _PAGE) if bounded else None
        times = 1
        kind = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
        if is_list_type(kind):
            # Of these the field that they come from says how many there are.
            in_page = parent is not None and (parent.name.endswith("Connection") or parent.name == "Stats")
            assumed = page if in_page else _LISTS.get(f"{parent.name if parent else ''}.{node.name.value}", _USUAL)
            times = size if size is not None else assumed
        inner = 0
        if node.selection_set:
            inner = self.of(node.selection_set, get_named_type(field.type), size if size is not None else page)
        return min(times * (1 + inner), UNCOUNTED)

    def _fragment(self, name: str, page: int) -> int:
        if (name, page) not in self._counted:
            fragment = self._fragments[name]
            kind = self._schema.get_type(fragment.type_condition.name.value)
            self._counted[name, page] = self.of(fragment.selection_set, kind, page)
        return self._counted[name, page]
