"""What is sent fits the schema, and what is read is what it promises."""

from pathlib import Path
from typing import Any

import pytest
from graphql import FieldNode, GraphQLSchema, OperationDefinitionNode, build_schema, parse, validate

from client import documents
from client.documents import Document

ROOT = Path(__file__).resolve().parents[2]
ALL = {name: value for name, value in vars(documents).items() if isinstance(value, Document)}


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema((ROOT / "backend" / "api" / "schema.graphql").read_text())


@pytest.mark.parametrize("document", ALL.values(), ids=ALL)
def test_a_document_is_valid(schema: GraphQLSchema, document: Document[Any]):
    assert validate(schema, parse(document.text)) == []


@pytest.mark.parametrize("document", ALL.values(), ids=ALL)
def test_a_document_has_the_one_field_that_is_read(document: Document[Any]):
    (operation,) = parse(document.text).definitions

    assert isinstance(operation, OperationDefinitionNode)
    assert [field.name.value for field in operation.selection_set.selections if isinstance(field, FieldNode)] == [
        document.field
    ]


def test_an_invalid_one_would_be_caught(schema: GraphQLSchema):
    assert validate(schema, parse("{ workers { topic shoeSize } }"))
