"""GraphQL documents, parsed and validated once for many requests.

Invalid
└── Unparsable    the text is no document at all
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    parse,
    validate,
)
from msgspec import Struct

from backend.api.cost import Cost
from backend.api.limits import MAX_TOKENS, TooComplex, check_size, check_text

ENTRIES_AT_MOST: Final = 512
CHARACTERS_AT_MOST: Final = 1024 * 1024
"""Of documents that are kept parsed."""


class Invalid(Exception):
    """The text is no valid document of the schema."""

    def __init__(self, errors: Sequence[GraphQLError]) -> None:
        super().__init__(errors[0].message)
        self.errors = errors


class Unparsable(Invalid):
    """The text is no document at all."""


class Document(Struct, frozen=True):
    """A valid document and the operations that can be chosen in it."""

    text: str
    ast: DocumentNode
    operations: dict[str, OperationType]
    cost: Cost

    def operation(self, name: str | None) -> OperationType:
        """What kind of operation will be executed; Invalid unless the name, or its absence, says exactly one."""
        if not name and len(self.operations) == 1:
            return next(iter(self.operations.values()))
        if name and name in self.operations:
            return self.operations[name]
        wanted = f"There is no operation named {name!r}" if name else "operationName must say which operation is meant"
        names = ", ".join(sorted(filter(None, self.operations))) or "none with a name"
        raise Invalid([GraphQLError(f"{wanted}; the document has {names}.")])

    def check_cost(self, name: str | None, variables: Mapping[str, Any]) -> None:
        """Invalid when the operation of this name would answer with too much."""
        try:
            self.cost.check(name, variables)
        except TooComplex as error:
            raise Invalid([error]) from error


def prepare(text: str, schema: GraphQLSchema) -> Document:
    """The document of this text, parsed and validated; Invalid with every error found."""
    ast = _parsed(text)
    errors = validate(schema, ast, max_errors=20)
    if errors:
        raise Invalid(errors)
    operations = {
        node.name.value if node.name else "": node.operation
        for node in ast.definitions
        if isinstance(node, OperationDefinitionNode)
    }
    # The rules of validation leave this one to execution.
    if OperationType.SUBSCRIPTION in operations.values():
        raise Invalid([GraphQLError(_NO_SUBSCRIPTIONS)])
    return Document(text, ast, operations, Cost(ast, schema))


_NO_SUBSCRIPTIONS = (
    "There are no subscriptions here. "
    "To wait for another answer, ask the query by GET with If-None-Match and Prefer: wait=25."
)


def _parsed(text: str) -> DocumentNode:
    """The document, no larger than may be validated."""
    try:
        check_text(text)
        # The lexer counts once more, by its own rules.
        ast = parse(text, max_tokens=MAX_TOKENS)
        check_size(ast)
    except TooComplex as error:
        raise Invalid([error]) from error
    except GraphQLError as error:
        raise Unparsable([error]) from error
    return ast


class Documents:
    """The documents used last, bounded in number and in characters of text. Holds no failure."""

    def __init__(self, *, entries: int = ENTRIES_AT_MOST, characters: int = CHARACTERS_AT_MOST) -> None:
        self._entries = entries
        self._characters = characters
        self._held = 0
        self._documents: OrderedDict[str, Document] = OrderedDict()

    def find(self, text: str) -> Document | None:
        document = self._documents.get(text)
        if document is not None:
            self._documents.move_to_end(text)
        return document

    def keep(self, document: Document) -> None:
        """Keep the document; one that would push out most of the others is not kept."""
        if document.text in self._documents or len(document.text) > self._characters // 16:
            return
        self._documents[document.text] = document
        self._held += len(document.text)
        while len(self._documents) > self._entries or self._held > self._characters:
            text, _ = self._documents.popitem(last=False)
            self._held -= len(text)

    def __len__(self) -> int:
        return len(self._documents)
