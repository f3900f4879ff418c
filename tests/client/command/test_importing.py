import io

from client.client import Client
from client.command.exits import Exit
from client.command.importing import Import
from client.command.screen import Screen
from tests.client.pool import URL, APool, given


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def imported(tmp_path, err: io.StringIO, **options) -> tuple[int, str, APool]:
    path = tmp_path / "tasks.jsonl"
    path.write_text('{"name":"add"}\n{oops\n')
    pool, out = APool(given(createTasks={"created": 1, "existing": 0, "tasks": []})), io.StringIO()
    command = Import(**{"file": str(path), "format": None, "source": None, "again": False, **options})
    code = command.run(Client(URL, pool=pool), Screen(as_json=False, out=out, err=err))
    return code, out.getvalue(), pool


def test_a_terminal_sees_how_far_it_is(tmp_path, monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    err = Terminal()

    code, out, _ = imported(tmp_path, err)

    assert (code, out) == (Exit.FAILED, "1 created, 1 bad line\n")
    assert "100%" in err.getvalue()
    assert "1 done, 1 bad" in err.getvalue()


def test_off_a_terminal_there_is_no_bar(tmp_path):
    err = io.StringIO()

    imported(tmp_path, err)

    assert "%" not in err.getvalue()
    assert err.getvalue().count("\n") == 1


def test_ids_come_from_the_files_name_or_the_source_that_is_named(tmp_path):
    ids = [
        imported(tmp_path, io.StringIO(), **options)[2].requests[0].variables["tasks"][0]["id"]
        for options in ({}, {}, {"source": "tasks.jsonl"}, {"source": "other"}, {"again": True}, {"again": True})
    ]

    assert ids[0] == ids[1] == ids[2]
    assert len(set(ids)) == 4
