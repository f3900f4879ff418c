import io
import json

import pytest

from client.client import Client
from client.command.command import WrongUse
from client.command.exits import Exit
from client.command.screen import Screen
from client.command.usage import parse
from tests.client.pool import URL, APool, Reply, given, refused


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Asked:
    """A bulk command that was run on a terminal, where somebody answers, or off it."""

    def __init__(self, arguments: str, *replies: Reply, answer: str | None = None) -> None:
        self.pool = APool(*replies)
        self.out = io.StringIO()
        self.err = Terminal() if answer is not None else io.StringIO()
        said, _ = parse(arguments.split())
        stdin = Terminal(f"{answer}\n") if answer is not None else io.StringIO()
        screen = Screen(as_json=said.as_json, out=self.out, err=self.err, stdin=stdin)
        self.code = said.command.run(Client(URL, pool=self.pool, patience=0), screen)


def counts(**found: int) -> Reply:
    return given(tasks={"counts": {"queueing": 0, "running": 0, "failed": 0, "finished": 0, **found}})


def test_tasks_are_named_by_ids_each_once_and_nobody_is_asked():
    asked = Asked("cancel a b a", given(cancelTasks={"count": 2}))

    assert (asked.code, asked.out.getvalue()) == (Exit.WELL, "2 cancelled\n")
    assert asked.pool.requests[0].variables == {"ids": ["a", "b"], "filter": None}


def test_ids_that_could_not_be_acted_on_end_with_1():
    asked = Asked("cancel a b", given(cancelTasks={"count": 1}))

    assert (asked.code, asked.out.getvalue()) == (Exit.FAILED, "1 cancelled\n")


@pytest.mark.parametrize(
    ("arguments", "field", "status"),
    [
        ("retry --name add --yes", "retryTasks", ["FAILED"]),
        ("retry --name add --status finished --yes", "retryTasks", ["FINISHED"]),
        ("cancel --name add --yes", "cancelTasks", ["QUEUEING", "RUNNING"]),
        ("delete --name add --yes", "deleteTasks", ["FAILED", "FINISHED"]),
    ],
)
def test_a_filter_is_about_the_statuses_that_the_verb_is_for_unless_one_is_said(arguments, field, status):
    answer: dict[str, object] = {field: {"count": 7}}
    asked = Asked(arguments, given("", **answer))

    assert asked.pool.requests[0].variables == {"ids": None, "filter": {"status": status, "name": ["add"]}}
    assert asked.code == Exit.WELL


def test_all_of_them_is_said_with_all():
    asked = Asked("retry --all --yes --json", given(retryTasks={"count": 7}))

    assert asked.pool.requests[0].variables["filter"] == {"status": ["FAILED"]}
    assert json.loads(asked.out.getvalue()) == {"count": 7}


def test_a_filter_is_asked_about_with_how_many_it_fits():
    asked = Asked(
        "cancel --queue mail", counts(queueing=3, running=2, failed=9), given(cancelTasks={"count": 5}), answer="y"
    )

    assert "Cancel 5 tasks with status QUEUEING or RUNNING and queue mail? [y/N]" in asked.err.getvalue()
    assert asked.code == Exit.WELL


def test_a_filter_is_asked_about_though_nobody_knows_how_many_it_fits():
    asked = Asked("retry --name add", given(tasks={"counts": None}), given(retryTasks={"count": 5}), answer="yes")

    assert "Retry every task with status FAILED and name add? [y/N]" in asked.err.getvalue()


def test_a_no_changes_nothing():
    asked = Asked("delete --all", counts(failed=3), answer="n")

    assert asked.code == Exit.INTERRUPTED
    assert len(asked.pool.requests) == 1
    assert "Nothing was changed" in asked.err.getvalue()


def test_where_nobody_can_be_asked_a_yes_must_be_said():
    with pytest.raises(WrongUse, match="--yes"):
        Asked("retry --all", refused("INTERNAL"))


@pytest.mark.parametrize("arguments", ["cancel", "cancel a --name add", "cancel a --all", "cancel --all --queue mail"])
def test_which_tasks_are_meant_is_said_in_one_way(arguments):
    with pytest.raises(WrongUse, match="which tasks to cancel"):
        Asked(f"{arguments} --yes", refused("INTERNAL"))
