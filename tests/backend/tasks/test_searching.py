import json
import time

import pytest
from django.db import connection

from backend.tasks.drafts import draft
from backend.tasks.models import Task
from backend.tasks.searching import containing
from backend.tasks.store import create

pytestmark = pytest.mark.django_db


def _found(text: str) -> set[str]:
    return set(Task.objects.filter(containing(text)).values_list("key", flat=True))


@pytest.fixture(autouse=True)
def _fill() -> None:
    create(
        [
            draft(name="echo", args=[{"to": 'Ärger "quoted"', "path": "C:\\temp"}], id="Report-1"),
            draft(name="echo", kwargs={"value": "100% of a_b"}, id="mail:2"),
            draft(name="add", args=[4711, 2], id="sum.3"),
        ]
    )
    Task.objects.filter(key="sum.3").update(error="ValueError: too LARGE a number")


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("report", {"Report-1"}),
        ("REPORT-1", {"Report-1"}),
        ("add", {"sum.3"}),
        ("backend.demo", {"Report-1", "mail:2", "sum.3"}),
        ("too large", {"sum.3"}),
        ("471", {"sum.3"}),
        ("ärger", {"Report-1"}),
        ("ÄRGER", {"Report-1"}),
        ('"quoted"', {"Report-1"}),
        ('{"to":"', {"Report-1"}),
        ("C:\\temp", {"Report-1"}),
        ("nowhere", set()),
    ],
)
def test_a_text_is_found_wherever_it_stands_and_however_it_is_written(text: str, keys: set[str]):
    assert _found(text) == keys


COPIED = {"a": 89, "b": 178, "to": [1, 2], "city": "Ärger, a=1: b", "x": None, "o": {"in": {"city": "Ulm"}}}


@pytest.mark.parametrize(
    "text",
    [
        "a=89",
        "A=89",
        "a=89, b=178",
        "a=89,  b=178,",
        "b=178, to=[1, 2]",
        'city="Ärger, a=1: b"',
        "city=Ärger",
        "a=1: b",
        '"Ärger, a=1: b", "x": null',
        'o={"in": {"city": "Ulm"}})',
        '{"in": {"city": "Ulm"}}',
        'copied("x", 3, a=89',
        'copied("x", 3, a=8…',
        'somewhere.copied("x", 3',
        '"x", 3, a=89',
        '"x", 3',
        'copied("x", 3, a=89, b=178, to=[1, 2], city="Ärger, a=1: b", x=null, o={"in": {"city": "Ulm"}})',
    ],
)
def test_what_is_copied_from_a_call_is_found_in_its_arguments(text: str):
    create([draft(name="add", args=[3, 89], id="other"), draft(name="add", kwargs={"a": 8, "b": 89}, id="another")])
    with connection.cursor() as cursor:
        # As a draft writes them: no function here takes as much.
        written = (json.dumps(each, ensure_ascii=False, separators=(",", ":")) for each in (["x", 3], COPIED))
        cursor.execute(
            "UPDATE zonda_task SET name = 'copied', path = 'somewhere.copied', args = %s, kwargs = %s "
            "WHERE key = 'mail:2'",
            [*written],
        )

    assert _found(text) == {"mail:2"}


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("add(4711, 2)", {"sum.3"}),
        ("add(4711, 2", {"sum.3"}),
        ("add(4711)", set()),
        ("add(711, 2)", set()),
        ("add(4711, b=2)", set()),
        ("echo(4711, 2)", set()),
        ("add()", {"sum.3"}),
        ("a=89", set()),
        ("==", set()),
        ("to=[1, 2", set()),
    ],
)
def test_a_call_is_its_name_with_its_arguments_in_their_places(text: str, keys: set[str]):
    assert _found(text) == keys


def test_what_is_nearly_a_call_is_quick():
    before = time.thread_time()

    for piece in ("(", "a=", '"', "\\", ", ", "a(", "…", '{"a": '):
        containing((piece * 200)[:200])

    assert time.thread_time() - before < 0.5


@pytest.mark.parametrize(
    ("text", "keys"),
    [("%", {"mail:2"}), ("a_b", {"mail:2"}), ("a%b", set()), ("s_m", set()), ("\\", {"Report-1"}), ("'", set())],
)
def test_nothing_in_a_text_has_a_meaning_of_its_own(text: str, keys: set[str]):
    assert _found(text) == keys
