import re

import pytest

from client.command.exits import TEXT, Exit
from client.command.importing import Import
from client.command.tasks import Create, List, Wait
from client.command.usage import COMMANDS, parse
from client.records import Status


def test_every_option_of_create_is_understood():
    options = "--id x --queue mail --priority -3 --run-after 2026-11-21T22:04:00Z --wait"
    said, _ = parse(["create", "add", "1", "b=2", *options.split()])

    assert isinstance(said.command, Create)
    assert (said.command.name, said.command.arguments) == ("add", ["1", "b=2"])
    assert (said.command.id, said.command.queue, said.command.priority) == ("x", "mail", -3)
    assert said.command.run_after is not None
    assert said.command.wait


def test_options_may_stand_between_the_arguments_and_numbers_may_be_negative():
    said, _ = parse(["create", "--queue", "mail", "add", "-1", "--priority", "3", "-2.5"])

    assert isinstance(said.command, Create)
    assert (said.command.name, said.command.arguments) == ("add", ["-1", "-2.5"])


def test_after_two_dashes_nothing_is_an_option():
    said, _ = parse(["create", "echo", "--", "--wait"])

    assert isinstance(said.command, Create)
    assert (said.command.arguments, said.command.wait) == (["--wait"], False)


@pytest.mark.parametrize("arguments", ["--json --url http://a/ workers", "workers --json --url http://a/"])
def test_what_holds_for_every_command_may_stand_before_it_and_after_it(arguments):
    said, _ = parse(arguments.split())

    assert (said.as_json, said.url) == (True, "http://a/")


def test_a_filter_may_name_several_of_a_kind_in_letters_of_any_size():
    said, _ = parse(["list", "--status", "failed", "--status", "QUEUEING", "--name", "add"])

    assert isinstance(said.command, List)
    assert (said.command.status, said.command.name) == ([Status.FAILED, Status.QUEUEING], ["add"])


def test_a_wait_has_ids_and_perhaps_an_end():
    said, _ = parse(["wait", "a", "b", "--timeout", "2.5"])

    assert said.command == Wait(ids=["a", "b"], timeout=2.5)


def test_an_import_reads_its_format_off_the_name_unless_told():
    said, _ = parse(["import", "x.csv"])

    assert said.command == Import(file="x.csv", format=None, source=None, again=False)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("", "COMMAND"),
        ("frob", "'frob'"),
        ("create", "NAME"),
        ("create add --priority 101", "'101' is no whole number from -100 to 100"),
        ("create add --run-after soon", "no instant"),
        ("create add --prio 3", "--prio"),
        ("wait", "ID"),
        ("wait a --timeout -1", "'-1'|expected one argument"),
        ("list --status nope", "QUEUEING, RUNNING, FAILED, FINISHED"),
        ("list --limit 0", "'0' is no whole number"),
        ("workers now", "now"),
        ("import x --format xml", "xml"),
    ],
)
def test_what_cannot_be_meant_ends_with_2_and_says_why(capsys, arguments, says):
    with pytest.raises(SystemExit) as ended:
        parse(arguments.split())

    assert ended.value.code == Exit.USAGE
    told = capsys.readouterr().err
    assert told.startswith("usage: python -m client")
    assert re.search(says, told), told


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_tells_what_it_takes(capsys, command):
    with pytest.raises(SystemExit) as ended:
        parse([command, "--help"])

    assert ended.value.code == 0
    assert f"usage: python -m client {command}" in capsys.readouterr().out


def test_help_tells_of_every_command_and_every_exit_code(capsys):
    with pytest.raises(SystemExit):
        parse(["--help"])

    told = capsys.readouterr().out
    assert all(f"  {command} " in told for command in COMMANDS)
    assert TEXT in told
    assert all(str(int(code)) in TEXT for code in Exit)
