import json
import re
from pathlib import Path
from typing import Any

import pytest

from backend.api.cost import MAX_VALUES
from backend.api.documents import Invalid, prepare
from backend.api.limits import TooComplex
from backend.api.schema import schema

ROOT = Path(__file__).resolve().parents[3]
EVERYTHING = (
    "id name path args kwargs queue priority status reason error result attempt worker {topic} createdAt runAfter "
    "firstStartedAt startedAt finishedAt attempts {number worker outcome error traceback startedAt finishedAt} "
    "waiting estimatedStartAt progress {fraction message} maxAttempts timeout expiresAt events {at kind attempt by}"
)

FIGURES = "created finished failed waited {p50 p95} ran {p50 p95}"


def _check(text: str, name: str | None = None, **variables: Any) -> None:
    prepare(text, schema.graphql_schema).check_cost(name, variables)


def _found(text: str, name: str | None = None, **variables: Any) -> int:
    """How many values are found in a document that asks for too many."""
    with pytest.raises(Invalid) as refused:
        _check(text, name, **variables)
    error = refused.value.errors[0]
    assert isinstance(error, TooComplex)
    extensions = error.extensions or {}
    assert (extensions["code"], extensions["what"]) == ("TOO_COMPLEX", "values to answer")
    assert isinstance(extensions["found"], int)
    return extensions["found"]


def test_the_largest_page_with_all_there_is_to_a_task_is_taken():
    _check(f"{{tasks(first: 500) {{nodes {{{EVERYTHING}}}}}}}")


def test_lists_multiply_what_is_in_them():
    assert _found("{workers {tasks {worker {tasks {id}}}}}") > 20 * 50 * 50


def test_the_size_of_a_page_counts_for_its_nodes_and_its_edges():
    text = f"{{tasks(first: 200) {{edges {{node {{{EVERYTHING} worker {{tasks {{id name}}}}}}}}}}}}"

    _check(text)
    assert _found(text.replace("200", "500")) > MAX_VALUES


@pytest.mark.parametrize("argument", ["first", "last"])
def test_a_size_in_a_variable_counts_as_it_is_given(argument: str):
    text = f"query Q($n: Int) {{tasks({argument}: $n) {{nodes {{{EVERYTHING} worker {{tasks {{id name}}}}}}}}}}"

    _check(text, n=10)
    _check(text)
    _check(text, n=None)
    assert _found(text, n=500) > MAX_VALUES
    assert _found(text.replace("$n: Int", "$n: Int = 500")) > MAX_VALUES


def test_the_lines_of_a_log_count_as_many_as_are_asked_for():
    text = "{tasks(first: 200) {nodes {attempts {log(first: 100) {text}}}}}"

    assert _found(text) > MAX_VALUES
    _check(text.replace("log(first: 100)", "log(first: 10)"))
    _check('{task(id: "a") {attempts {log(first: 500) {number at stream text}}}}')
    _check(f"{{stats(minutes: 1440) {{minutes {{at {FIGURES}}}}}}}")


def test_what_was_lost_with_workers_counts_as_many_as_are_asked_for():
    text = "{workers {lostTasks(first: 500) {id name args kwargs status reason worker {topic} attempts {number}}}}"

    assert _found(text) > 20 * 500
    _check(text.replace("500", "50"))
    _check(text.replace("(first: 500)", ""))


def test_minutes_count_as_many_as_are_asked_for():
    types = f"query Q($n: Int = 15) {{taskTypes {{name stats(minutes: $n) {{minutes {{at {FIGURES}}}}}}}}}"

    _check(types)
    assert _found(types, n=1440) > 50 * 1440
    _check("{failureGroups(first: 500) {minutes {at failed}}}")
    assert _found("{failureGroups(first: 500) {minutes(minutes: 1440) {at failed}}}") > MAX_VALUES


def test_only_the_operation_that_is_meant_counts():
    text = "query A {workers {topic}} query B {workers {tasks {worker {tasks {id}}}}}"

    _check(text, "A")
    assert _found(text, "B") > MAX_VALUES


def test_aliases_and_fragments_add_up():
    pages = " ".join(f"p{n}: tasks(first: 500) {{...F}}" for n in range(4))

    assert _found(f"{{{pages}}} fragment F on TaskConnection {{nodes {{... on Task {{{EVERYTHING}}}}}}}") > MAX_VALUES


def test_a_size_beyond_the_largest_page_is_refused_by_its_name_and_not_for_its_cost():
    _check("{tasks(first: 2147483647) {nodes {id}}}")
    _check("{tasks(first: -1) {nodes {id}}}")


def test_a_change_of_many_may_tell_of_all():
    _check("mutation($t: [TaskInput!]!) {createTasks(tasks: $t) {created tasks {id status}}}", t=[])


def _operations_of_the_page() -> list[str]:
    found = re.findall(
        r'^  ("(?:query|mutation) .*"),?$', (ROOT / "frontend/src/gql/operations.ts").read_text(), re.MULTILINE
    )
    return [json.loads(text) for text in found]


@pytest.mark.parametrize("text", _operations_of_the_page(), ids=lambda text: text.split("(")[0].split("{")[0])
def test_what_the_page_asks_for_is_taken(text: str):
    _check(text, first=500, last=500, filter=None)


def test_the_page_asks_for_something():
    assert len(_operations_of_the_page()) > 3
