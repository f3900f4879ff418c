"""How large one document may be. Pure; what is too much is refused before anything is validated or executed.

Fragments count as often as they are spread, and are looked at once: a bomb of fragments costs no more than its text.
Variables are not counted: what they hold is bounded by the body's size.

TooComplex    the document asks for too much: says which limit, what was found, and what to do
"""

import re
from collections.abc import Mapping
from typing import Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
)
from msgspec import Struct

from backend.api.errors import Code

MAX_CHARACTERS: Final = 32 * 1024
MAX_NESTING: Final = 100
"""Brackets inside each other: Python's parser, which calls itself for each, must have room for them."""

MAX_TOKENS: Final = 1_000
"""Parsing takes some 40 µs a token on a slow machine. Values in bulk belong into variables."""

MAX_FIELDS: Final = 300
"""Comparing fields that overlap takes their square in time. The largest query of introspection has some 200."""

MAX_DEPTH: Final = 20
"""The queries of introspection that tools send are up to 15 fields deep."""

MAX_ALIASES: Final = 50
MAX_DIRECTIVES: Final = 50
MAX_CHANGES: Final = 10
"""Fields at the root of one mutation. `createTasks` takes thousands of tasks in one."""

_FURTHER: Final = "ask in several requests"
_INTO_VARIABLES: Final = "put values into variables, or ask in several requests"


class TooComplex(GraphQLError):
    """The document asks for too much."""

    def __init__(self, what: str, found: int, limit: int, instead: str = _FURTHER) -> None:
        number = f"{found:,}" if found < UNCOUNTED else f"at least {UNCOUNTED:,}"
        super().__init__(
            f"The document has {number} {what}, the limit is {limit:,}: {instead}.",
            extensions={"code": Code.TOO_COMPLEX, "what": what, "found": found, "limit": limit},
        )


UNCOUNTED: Final = 1_000_000
"""No count goes beyond it: a bomb's would have hundreds of digits."""

# Each alternative for strings also matches one that nobody ends: else every quote in it would be tried as a beginning.
_TOKEN: Final = re.compile(
    r'#[^\n\r]*|"""(?:\\"""|[^"\\]|\\|"(?!""))*(?:"""|\Z)|"(?:[^"\\\n\r]|\\.)*"?'
    r"|\.\.\.|[A-Za-z_][A-Za-z0-9_]*|-?[0-9][0-9.eE+-]*|[!$&()\[\]{}:=@|]"
)


def check_text(text: str) -> None:
    """TooComplex for a text that is not worth parsing, which takes ten times as long as looking at its tokens."""
    if len(text) > MAX_CHARACTERS:
        raise TooComplex("characters", len(text), MAX_CHARACTERS, _INTO_VARIABLES)
    counted = _Tokens()
    for match in _TOKEN.finditer(text):
        counted.take(match[0])
    for what, number, limit, instead in (
        ("tokens", counted.tokens, MAX_TOKENS, _INTO_VARIABLES),
        ("levels of brackets", counted.deepest, MAX_NESTING, _INTO_VARIABLES),
        (FIELDS, counted.fields, MAX_FIELDS, _FURTHER),
        (ALIASES, counted.aliases, MAX_ALIASES, _FURTHER),
    ):
        if number > limit:
            raise TooComplex(what, number, limit, instead)


FIELDS: Final = "fields, fragments and spreads"
ALIASES: Final = "aliases"
_NO_FIELD_AFTER: Final = ("...", "on", ":", "@")
"""A name after one of these is a fragment's, a type's, the field that an alias is for, or a directive's."""


class _Tokens(Struct):
    """What the tokens so far come to. Fields and aliases count as they stand, without what their fragments bring."""

    tokens: int = 0
    deepest: int = 0
    fields: int = 0
    aliases: int = 0
    _depth: int = 0
    _arguments: int = 0
    _before: str = ""

    def take(self, found: str) -> None:
        if found[0] == "#":
            return
        self.tokens += 1
        if found in ("{", "[", "("):
            self._depth += 1
            self.deepest = max(self.deepest, self._depth)
            self._arguments += found == "("
        elif found in ("}", "]", ")"):
            self._depth -= 1
            self._arguments -= found == ")"
        elif self._depth and not self._arguments:
            self.aliases += found == ":"
            is_name = found[0].isalpha() or found[0] == "_"
            self.fields += found == "..." or (is_name and self._before not in _NO_FIELD_AFTER)
        self._before = found


def check_size(ast: DocumentNode) -> None:
    """TooComplex for a document that is not worth validating."""
    fragments = fragments_of(ast)
    measured: dict[str, _Size] = {}
    total = _Size()
    for node in ast.definitions:
        if not isinstance(node, OperationDefinitionNode):
            continue
        size = _measure(node.selection_set, fragments, measured)
        on_variables = sum(len(variable.directives) for variable in node.variable_definitions)
        total = total.beside(size).beside(_Size(directives=len(node.directives) + on_variables))
        if node.operation is OperationType.MUTATION and size.roots > MAX_CHANGES:
            raise TooComplex("fields at the root of a mutation", size.roots, MAX_CHANGES)
    # What nothing spreads is validated all the same.
    for name, fragment in fragments.items():
        if name not in measured:
            total = total.beside(_measure(fragment.selection_set, fragments, measured))
    for what, found, limit in (
        ("levels of fields", total.depth, MAX_DEPTH),
        (FIELDS, total.fields, MAX_FIELDS),
        (ALIASES, total.aliases, MAX_ALIASES),
        ("directives", total.directives, MAX_DIRECTIVES),
    ):
        if found > limit:
            raise TooComplex(what, found, limit)


class _Size(Struct, frozen=True):
    """What selections come to once their fragments are put in. `roots` are the fields right at their top."""

    fields: int = 0
    aliases: int = 0
    directives: int = 0
    depth: int = 0
    roots: int = 0

    def beside(self, other: "_Size") -> "_Size":
        return _Size(
            min(self.fields + other.fields, UNCOUNTED),
            min(self.aliases + other.aliases, UNCOUNTED),
            min(self.directives + other.directives, UNCOUNTED),
            max(self.depth, other.depth),
            min(self.roots + other.roots, UNCOUNTED),
        )


def _measure(
    selections: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode], measured: dict[str, _Size]
) -> _Size:
    total = _Size()
    for node in selections.selections:
        match node:
            case FieldNode():
                inner = _measure(node.selection_set, fragments, measured) if node.selection_set else _Size()
                found = _Size(inner.fields, inner.aliases, inner.directives, inner.depth + 1, roots=1)
                found = found.beside(_Size(aliases=node.alias is not None))
            case InlineFragmentNode():
                found = _measure(node.selection_set, fragments, measured)
            case FragmentSpreadNode():
                found = _measure_fragment(node.name.value, fragments, measured)
            case _:
                found = _Size()
        total = total.beside(found).beside(_Size(fields=1, directives=len(node.directives)))
    return total


def _measure_fragment(name: str, fragments: Mapping[str, FragmentDefinitionNode], measured: dict[str, _Size]) -> _Size:
    if name not in measured:
        # What spreads itself counts for nothing in itself: validation refuses it.
        measured[name] = _Size()
        fragment = fragments.get(name)
        if fragment is not None:
            inner = _measure(fragment.selection_set, fragments, measured)
            measured[name] = inner.beside(_Size(directives=len(fragment.directives)))
    return measured[name]


def fragments_of(ast: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    return {node.name.value: node for node in ast.definitions if isinstance(node, FragmentDefinitionNode)}
