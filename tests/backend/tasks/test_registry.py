"""Which task functions can be asked for, under which names."""

import sys
from dataclasses import replace
from textwrap import dedent

import pytest
from django.core.exceptions import ImproperlyConfigured

from backend.environment import environment
from backend.tasks.refusals import UnknownTask
from backend.tasks.registry import registry


@pytest.fixture
def apps(tmp_path, monkeypatch):
    """Call it with the text of each app's `tasks` module (None: it has none); the registry with these apps."""
    before = set(sys.modules)
    monkeypatch.syspath_prepend(tmp_path)

    def read(**modules):
        for name, text in modules.items():
            (tmp_path / name).mkdir()
            (tmp_path / name / "__init__.py").touch()
            if text is not None:
                (tmp_path / name / "tasks.py").write_text("from django.tasks import task\n" + dedent(text))
        monkeypatch.setattr("backend.tasks.registry.environment", replace(environment, apps=tuple(modules)))
        return registry.__wrapped__()

    yield read
    for name in set(sys.modules) - before:
        del sys.modules[name]


def test_the_demo_is_always_there():
    names = [found.name for found in registry().types]

    assert names == sorted(names)
    assert {"add", "subtract", "multiply", "divide", "sleep", "flaky", "primes", "word_count", "count_to", "echo"} <= {
        *names
    }
    assert registry() is registry()


def test_a_task_function_of_an_app_is_there_with_all_that_it_says_of_itself(apps):
    found = apps(
        shop='''
        @task(queue_name="mail", priority=7)
        def send(to: str):
            """Send it.

            To whom it may concern.
            """

        def no_task(): ...
        '''
    ).find("send")

    assert (found.name, found.path, found.queue, found.priority) == ("send", "shop.tasks.send", "mail", 7)
    assert found.description == "Send it.\n\nTo whom it may concern."
    assert found.parameters["required"] == ["to"]


def test_a_function_without_a_docstring_has_an_empty_description(apps):
    assert apps(shop="@task\ndef send(): ...").find("send").description == ""


def test_a_bare_name_works_while_it_is_unique(apps):
    found = apps(shop="@task\ndef send(): ...\n@task\ndef pay(): ...", post="@task\ndef send(): ...")

    assert found.find("pay").name == "pay"
    assert found.find("shop.tasks.pay") is found.find("pay")
    assert found.find("post.tasks.send").name == "post.tasks.send"
    with pytest.raises(UnknownTask) as refused:
        found.find("send")
    assert str(refused.value).endswith("Did you mean post.tasks.send or shop.tasks.send?")


def test_an_app_may_take_a_name_of_the_demo(apps):
    found = apps(shop="@task\ndef add(): ...")

    assert {kind.name for kind in found.types if kind.path.endswith(".add")} == {
        "shop.tasks.add",
        "backend.demo.tasks.add",
    }


def test_the_nearest_names_are_given(apps):
    with pytest.raises(UnknownTask) as refused:
        apps(shop="@task\ndef send_mail(): ...").find("sendmail")

    assert str(refused.value).startswith("There is no task function named 'sendmail'. Did you mean send_mail")


def test_a_function_that_a_module_only_imports_is_there_once(apps):
    found = apps(shop="from backend.demo.tasks import add")

    assert [kind.path for kind in found.types if kind.name == "add"] == ["backend.demo.tasks.add"]


def test_a_further_name_for_a_function_leaves_its_defaults_alone(apps):
    found = apps(shop="@task\ndef send(): ...\nurgent = send.using(priority=9, queue_name='fast')")

    assert (found.find("send").priority, found.find("send").queue) == (0, "default")
    with pytest.raises(UnknownTask):
        found.find("urgent")


def test_an_app_without_tasks_has_none(apps):
    assert {kind.path.partition(".")[0] for kind in apps(shop=None).types} == {"backend"}


def test_an_app_that_is_a_plain_module_has_none(apps, tmp_path):
    (tmp_path / "plain.py").touch()
    sys.modules.pop("plain", None)
    (tmp_path / "shop").mkdir()

    assert apps(other=None).types


def test_an_app_whose_tasks_cannot_be_imported_is_named(apps):
    with pytest.raises(ImproperlyConfigured, match=r"ZONDA_APPS: shop\.tasks cannot be imported: .*No module named"):
        apps(shop="import nowhere.at_all")


def test_an_error_in_an_apps_tasks_is_kept_as_the_cause(apps):
    with pytest.raises(ImproperlyConfigured, match=r"ZONDA_APPS: shop\.tasks") as wrong:
        apps(shop="1 / 0")

    assert isinstance(wrong.value.__cause__, ZeroDivisionError)
