import time
from collections.abc import Callable
from contextlib import suppress

import pytest
from graphql import get_introspection_query, parse

from backend.api import documents, limits
from backend.api.documents import Invalid, prepare
from backend.api.limits import (
    MAX_ALIASES,
    MAX_CHANGES,
    MAX_CHARACTERS,
    MAX_DEPTH,
    MAX_DIRECTIVES,
    MAX_FIELDS,
    MAX_NESTING,
    MAX_TOKENS,
    TooComplex,
    check_size,
    check_text,
)
from backend.api.schema import schema


def _refused(text: str) -> tuple[str, int, int]:
    """Which limit the text is over, what was found, and the limit."""
    with pytest.raises(TooComplex) as refused:
        _taken(text)
    extensions = refused.value.extensions or {}
    assert extensions["code"] == "TOO_COMPLEX"
    return extensions["what"], extensions["found"], extensions["limit"]


def _taken(text: str) -> None:
    check_text(text)
    check_size(parse(text))


def _aliases(number: int) -> str:
    return "{" + " ".join(f"a{place}: __typename" for place in range(number)) + "}"


def _nested(depth: int) -> str:
    return "{a" * depth + "}" * depth


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        (lambda number: "{a}" + " " * (number - 3), MAX_CHARACTERS),
        (lambda number: "{a(b: [" + "1 " * (number - 9) + "])}", MAX_TOKENS),
        (lambda number: "{a(b: " + "[" * (number - 2) + "]" * (number - 2) + ")}", MAX_NESTING),
        (_nested, MAX_DEPTH),
        (lambda number: "{" + "a " * number + "}", MAX_FIELDS),
        (_aliases, MAX_ALIASES),
        (lambda number: "{a " + "@x " * number + "}", MAX_DIRECTIVES),
        (lambda number: "mutation {" + "a " * number + "}", MAX_CHANGES),
    ],
    ids=["characters", "tokens", "nesting", "depth", "fields", "aliases", "directives", "changes"],
)
def test_a_document_may_have_as_many_as_the_limit_and_not_one_more(text: Callable[[int], str], limit: int):
    _taken(text(limit))
    _, found, named = _refused(text(limit + 1))

    assert (found, named) == (limit + 1, limit)


def test_the_refusal_says_what_was_found_and_what_to_do():
    with pytest.raises(TooComplex, match=r"has 60 aliases, the limit is 50: ask in several requests\."):
        check_size(parse(_aliases(60)))


@pytest.mark.parametrize(
    "text",
    [
        "{...F} fragment F on Query {" + "a " * MAX_FIELDS + "}",
        "{... {" + "a " * MAX_FIELDS + "}}",
        "{a} fragment F on Query {" + "a " * MAX_FIELDS + "}",
        "query A {...F ...F ...F} fragment F on Query {" + "a " * (MAX_FIELDS // 3) + "}",
        "query A {...F} query B {...F} query C {...F} fragment F on Query {" + "a " * (MAX_FIELDS // 3) + "}",
    ],
    ids=["in a fragment", "inline", "in one nobody spreads", "spread often", "by several operations"],
)
def test_fields_count_wherever_they_stand_and_as_often_as_they_are_spread(text: str):
    what, _, limit = _refused(text)

    assert (what, limit) == ("fields, fragments and spreads", MAX_FIELDS)


def test_depth_goes_through_fragments():
    fragments = "".join(f"fragment F{n} on T {{a {{b {{...F{n + 1}}}}}}} " for n in range(10))

    assert _refused(f"{{...F0}} {fragments} fragment F10 on T {{c}}") == ("levels of fields", 21, MAX_DEPTH)


def test_changes_at_the_root_are_counted_through_fragments():
    text = "mutation {...F ...F a} fragment F on Mutation {a b ... {c d} e}"

    assert _refused(text) == ("fields at the root of a mutation", 11, MAX_CHANGES)


def test_a_bomb_of_fragments_is_counted_without_being_set_off():
    fragments = "".join(f"fragment F{n} on T {{...F{n + 1} ...F{n + 1}}} " for n in range(90))
    before = time.thread_time()

    what, found, _ = _refused(f"{{...F0}} {fragments} fragment F90 on T {{a}}")

    assert (what, found) == ("fields, fragments and spreads", limits.UNCOUNTED)
    assert time.thread_time() - before < 1


def test_fragments_that_spread_themselves_are_left_to_validation():
    _taken("{...F} fragment F on T {...G} fragment G on T {...F a}")


@pytest.mark.parametrize(
    "text", ['"""' * 9999, '"' * 30_000, '"\\' * 15_000, '"""\\' * 7000, "#" * 30_000, "é" * 30_000]
)
def test_text_that_is_no_document_is_read_once(text: str):
    before = time.thread_time()

    with suppress(TooComplex):
        check_text(text)

    assert time.thread_time() - before < 0.5


def test_strings_and_comments_hide_what_is_in_them():
    text = '{a(b: "{{{ [[[ x x x", c: """ "{{{" \\""" [[[ """) # {{{ x x x\n}'

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "MAX_TOKENS", 11)
        patch.setattr(limits, "MAX_NESTING", 2)
        check_text(text)


HUGE = {
    "20,000 aliases": _aliases(20_000),
    "500 repeated fields": "{" + "__typename " * 500 + "}",
    "500 repeated fields of a list": "{workers {" + "topic " * 500 + "}}",
    "depth 100": "{workers {" + "tasks { worker {" * 49 + "topic" + "}}" * 49 + "}}",
    "1 MB": '{task(id: "' + "x" * 1_000_000 + '") {id}}',
    "1 MB of nothing": "{__typename}" + " " * 1_000_000,
    "a bomb": "{...F0}"
    + "".join(f"fragment F{n} on Query {{...F{n + 1} ...F{n + 1}}} " for n in range(60))
    + "fragment F60 on Query {__typename}",
}


@pytest.mark.parametrize("text", ["500 repeated fields", "500 repeated fields of a list", "20,000 aliases", "1 MB"])
def test_the_plainest_of_them_are_not_even_parsed(text: str, monkeypatch: pytest.MonkeyPatch):
    def never(*_: object, **__: object) -> None:
        raise AssertionError("parsed")

    monkeypatch.setattr(documents, "parse", never)

    with pytest.raises(Invalid) as refused:
        prepare(HUGE[text], schema.graphql_schema)

    assert isinstance(refused.value.errors[0], TooComplex)


FIELDS = {
    "a": 1,
    "a: b": 1,
    "a @x": 1,
    "a @x(y: {b: c, d: e})": 1,
    "a(b: {c: [d e]})": 1,
    "...F": 1,
    "... on T {a}": 2,
    "... @x {a b}": 3,
    "a {b}": 2,
}


@pytest.mark.parametrize(("field", "each"), FIELDS.items())
def test_the_fields_of_a_text_are_counted_without_parsing_it(field: str, each: int, monkeypatch: pytest.MonkeyPatch):
    number = 30 // each
    text = "query Q($v: T = {a: b}) @d(e: 1) {" + f"{field} " * number + "}"

    monkeypatch.setattr(limits, "MAX_FIELDS", number * each)
    _taken(text)
    monkeypatch.setattr(limits, "MAX_FIELDS", number * each - 1)
    with pytest.raises(TooComplex, match="fields, fragments and spreads"):
        check_text(text)


@pytest.mark.parametrize("text", HUGE.values(), ids=HUGE)
def test_a_huge_document_is_refused_before_it_is_validated(text: str, monkeypatch: pytest.MonkeyPatch):
    def never(*_: object, **__: object) -> None:
        raise AssertionError("validated")

    monkeypatch.setattr(documents, "validate", never)
    before = time.thread_time()

    with pytest.raises(Invalid) as refused:
        prepare(text, schema.graphql_schema)

    taken = time.thread_time() - before
    assert isinstance(refused.value.errors[0], TooComplex)
    # At most 30 ms on two slow cores; the bound is for machines that do other things too.
    assert taken < 0.5


@pytest.mark.parametrize(
    "text",
    [
        get_introspection_query(),
        get_introspection_query(
            descriptions=True,
            specified_by_url=True,
            directive_is_repeatable=True,
            schema_description=True,
            input_value_deprecation=True,
            input_object_one_of=True,
        ),
    ],
    ids=["plain", "with all there is"],
)
def test_introspection_as_tools_send_it_is_taken(text: str):
    prepare(text, schema.graphql_schema)
