import pytest

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


@pytest.mark.parametrize(
    ("text", "keys"),
    [("%", {"mail:2"}), ("a_b", {"mail:2"}), ("a%b", set()), ("s_m", set()), ("\\", {"Report-1"}), ("'", set())],
)
def test_nothing_in_a_text_has_a_meaning_of_its_own(text: str, keys: set[str]):
    assert _found(text) == keys
