"""What is said of a value that does not fit: in the words that the page has too."""

import json
from pathlib import Path

import pytest
from django.tasks import Task

from backend.tasks import misfits
from backend.tasks.refusals import BadArguments
from backend.tasks.signatures import Signature
from tests.support.forms import tasks

ROOT = Path(__file__).resolve().parents[3]
# The page's own tests read the same file: frontend/src/lib/misfit.test.ts.
CASES = {case["task"]: case for case in json.loads((ROOT / "tests/support/forms/refused-arguments.json").read_text())}
FUNCTIONS = {name: member.func for name, member in vars(tasks).items() if isinstance(member, Task)}


def test_every_function_of_the_forms_has_its_cases():
    assert CASES.keys() == FUNCTIONS.keys()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_schema_is_the_one_that_the_page_is_tested_with(name):
    assert json.loads(json.dumps(Signature(FUNCTIONS[name]).schema())) == CASES[name]["schema"]


@pytest.mark.parametrize(
    ("name", "refused"),
    [(name, refused) for name, case in CASES.items() for refused in case["refused"]],
    ids=lambda value: value if isinstance(value, str) else json.dumps(value["kwargs"])[:40],
)
def test_a_wrong_value_is_refused_in_the_words_of_the_page(name, refused):
    with pytest.raises(BadArguments) as error:
        Signature(FUNCTIONS[name]).bind(name, [], refused["kwargs"])

    assert {"kwargs": refused["kwargs"], **error.value.details} == refused


@pytest.mark.parametrize(
    ("said", "at", "why"),
    [
        ("Expected `array` of length 1 to 2, got 3", "", "must have 1 to 2 items, not 3"),
        ("Expected `float` >= 1e-07 - at `$.x`", ".x", "must be at least 0.0000001"),
        ("Expected `int` <= 100", "", "must be at most 100"),
        ("Expected `bytes` of length >= 1", "", "must have at least 1 byte"),
        ("Expected `str | ext`, got `ext` - at `key` in `$[...].a`", "[...].a[key]", "must be text or ext, not ext"),
        ("x may not be above y - at `$[0]`", "[0]", "does not fit: x may not be above y"),
    ],
)
def test_what_is_rarely_said_has_words_too(said, at, why):
    assert misfits.told(said) == (at, why)
