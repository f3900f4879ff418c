import pytest
from graphql import OperationType, build_schema

from backend.api.documents import Document, Documents, Invalid, prepare
from backend.api.errors import formatted

SCHEMA = build_schema("type Query { a(n: [Int!]): Int  b: Query }  type Mutation { c: Int }")


def _code(text: str) -> str:
    with pytest.raises(Invalid) as refused:
        prepare(text, SCHEMA)
    code = formatted(refused.value.errors[0])["extensions"]["code"]
    assert isinstance(code, str)
    return code


def test_a_document_says_which_operation_is_meant():
    one = prepare("{a}", SCHEMA)
    two = prepare("query A {a} mutation B {c}", SCHEMA)

    assert one.operation(None) is OperationType.QUERY
    assert two.operation("A") is OperationType.QUERY
    assert two.operation("B") is OperationType.MUTATION


@pytest.mark.parametrize("name", [None, "", "C"])
def test_an_operation_that_is_not_named_or_not_there_is_refused(name: str | None):
    with pytest.raises(Invalid, match="A, B"):
        prepare("query A {a} mutation B {c}", SCHEMA).operation(name)


def test_a_document_without_an_operation_is_refused():
    with pytest.raises(Invalid):
        prepare("fragment F on Query {a}", SCHEMA).operation(None)


@pytest.mark.parametrize("text", ["", "{", "{unknown}", "{a b}", "mutation {a}", '{a(n: "x")}'])
def test_what_the_schema_does_not_know_is_bad_input(text: str):
    assert _code(text) == "BAD_INPUT"


def _document(text: str) -> Document:
    known = prepare("{a}", SCHEMA)
    return Document(text, known.ast, {}, known.cost)


def test_the_documents_used_last_are_kept():
    documents = Documents(entries=2)
    first, second, third = _document("{a}"), _document("{b}"), _document("{c}")
    documents.keep(first)
    documents.keep(second)

    assert documents.find("{a}") is first
    documents.keep(third)

    assert documents.find("{b}") is None
    assert (documents.find("{a}"), documents.find("{c}")) == (first, third)


def test_documents_are_bounded_by_their_text_too():
    documents = Documents(characters=160)
    for number in range(100):
        documents.keep(_document(f"{number:010}"))
    documents.keep(_document("x" * 11))

    assert len(documents) == 16
    assert documents.find("x" * 11) is None
