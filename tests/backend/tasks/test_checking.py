"""What `manage.py check` says of Zonda."""

import sys
from dataclasses import replace

import pytest
from django.core.checks import run_checks
from django.tasks import task_backends
from django.test import override_settings

from backend.environment import environment

# Django asks the database what it can do, the first time that anything is checked.
pytestmark = pytest.mark.django_db

ZONDA = "backend.tasks.backend.ZondaBackend"


def checked(**backends):
    """What is said with these backends in TASKS: (id, message)."""
    with override_settings(TASKS={alias: {"BACKEND": ZONDA, "QUEUES": [], **more} for alias, more in backends.items()}):
        return [(message.id, message.msg) for message in run_checks() if (message.id or "").startswith("zonda.")]


@pytest.fixture
def app(tmp_path, monkeypatch):
    """Registers an app with this `tasks` module; without a text it has none."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def made(text):
        folder = tmp_path / "shop"
        folder.mkdir()
        (folder / "__init__.py").touch()
        if text is not None:
            (folder / "tasks.py").write_text(text)
        monkeypatch.setattr("backend.tasks.checking.environment", replace(environment, apps=("shop",)))

    yield made
    for name in [name for name in sys.modules if name == "shop" or name.startswith("shop.")]:
        del sys.modules[name]


def test_nothing_is_wrong_with_zonda_as_it_comes():
    assert task_backends["default"].check() == []


def test_a_tasks_module_that_cannot_be_imported_is_an_error(app):
    app("import nowhere_at_all")

    ((number, said),) = checked(default={})

    assert number == "zonda.E001"
    assert "ZONDA_APPS: shop.tasks cannot be imported: ModuleNotFoundError" in said


@pytest.mark.parametrize("text", [None, "ANSWER = 42\n"])
def test_an_app_without_task_functions_is_worth_a_warning(app, text):
    app(text)

    assert checked(default={}) == [("zonda.W002", "ZONDA_APPS: shop has no task functions.")]


def test_type_hints_that_cannot_be_read_are_worth_a_warning(app):
    app(
        "from django.tasks import task\n\n\n@task\ndef greet(name: 'Name') -> None: ...\n\n\n"
        "@task\ndef check(one: int, other: type) -> None: ...\n\n\n"
        "@task(takes_context=True)\ndef fine(context: type, one: int, other) -> None: ...\n"
    )

    (unread, formless) = sorted(checked(default={}))

    assert unread[0] == "zonda.W003"
    assert "shop.tasks.greet cannot be read: name 'Name' is not defined" in unread[1]
    assert formless == (
        "zonda.W004",
        "shop.tasks.check: no JSON can be read as <class 'type'>, the type of 'other': it takes any.",
    )


def test_options_and_queues_that_mean_nothing_are_errors():
    said = checked(default={"OPTIONS": {"database": 1, "retries": 3}, "QUEUES": ["default", "Not A Queue"]})

    assert [number for number, _ in said] == ["zonda.E002", "zonda.E003"]
    assert "'database', 'retries'" in said[0][1]
    assert "'Not A Queue'" in said[1][1]


def test_two_aliases_for_one_record_are_worth_one_warning():
    ((number, said),) = checked(default={}, mail={})

    assert number == "zonda.W001"
    assert "default, mail" in said
