import io
import json
from datetime import UTC, datetime

import pytest

from client.command.screen import Screen, aligned


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_cells_stand_under_their_column_and_an_empty_one_is_a_dash():
    assert aligned(("id", "status"), [["long-id", "RUNNING"], ["x", ""]]) == [
        "ID       STATUS",
        "long-id  RUNNING",
        "x        -",
    ]


def test_off_a_terminal_a_table_has_no_colour_and_cuts_nothing():
    out = io.StringIO()

    Screen(as_json=False, out=out).table(("id", "note"), [("x", "y" * 500)], "none")

    assert "\x1b" not in out.getvalue()
    assert "y" * 500 in out.getvalue()


def test_on_a_terminal_a_status_has_a_colour_and_what_tasks_say_is_no_markup(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    out = Terminal()

    Screen(as_json=False, out=out).table(("id", "status", "note"), [("x", "FAILED", "[red]not[/red] [/]")], "none")

    assert "\x1b[31mFAILED" in out.getvalue()
    assert "[red]not[/red] [/]" in out.getvalue()


def test_on_a_narrow_terminal_only_the_last_cell_is_folded(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    out = Terminal()

    Screen(as_json=False, out=out).table(("id", "status", "note"), [("i" * 36, "RUNNING", "a b c d e " * 4)], "none")

    rows = [line for line in out.getvalue().splitlines() if "i" * 36 in line]
    assert len(rows) == 1
    assert "RUNNING" in rows[0]
    assert sum(line.count("e") for line in out.getvalue().splitlines()[1:]) == 4


def test_on_a_terminal_an_instant_of_today_is_a_time_alone():
    out = Terminal()

    Screen(as_json=False, out=out).table(
        ("today", "before", "note"), [(datetime.now(UTC), datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC), "")], "none"
    )

    assert "2020-01-0" in out.getvalue()
    assert str(datetime.now().astimezone().date()) not in out.getvalue()


def test_instants_lists_and_whole_numbers_are_written_for_people():
    out = io.StringIO()

    row = (datetime(2026, 11, 21, 22, 4, tzinfo=UTC), ["mail", "reports"], 3.0, None)
    Screen(as_json=False, out=out).table(("at", "queues", "seconds", "none"), [row], "none")

    moment = datetime(2026, 11, 21, 22, 4, tzinfo=UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    assert out.getvalue().splitlines()[1] == f"{moment}  mail,reports  3        -"


def test_json_is_one_line_off_a_terminal_and_indented_on_it():
    plain, terminal = io.StringIO(), Terminal()

    Screen(as_json=True, out=plain).json({"a": [1]})
    Screen(as_json=True, out=terminal).json({"a": [1]})

    assert plain.getvalue() == '{"a":[1]}\n'
    assert terminal.getvalue().count("\n") > 1
    assert json.loads(terminal.getvalue()) == {"a": [1]}


@pytest.mark.parametrize(
    ("answer", "agreed"), [("y\n", True), ("YES\n", True), ("\n", False), ("no\n", False), ("", False)]
)
def test_only_a_yes_is_a_yes(answer, agreed):
    err = Terminal()
    screen = Screen(as_json=False, err=err, stdin=Terminal(answer))

    assert screen.interactive
    assert screen.confirm("Really?") is agreed
    assert err.getvalue() == "Really? [y/N] "


def test_nobody_can_be_asked_where_input_or_output_is_no_terminal():
    assert not Screen(as_json=False, err=Terminal(), stdin=io.StringIO()).interactive
    assert not Screen(as_json=False, err=io.StringIO(), stdin=Terminal()).interactive
