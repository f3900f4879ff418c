"""What commands print, to whom, and how they end; the backend's part is played."""

import json

import pytest

from client.client import Client
from client.command import run
from client.command.exits import Exit
from tests.client.pool import URL, APool, Reply, a_key, a_task, given, no_connection, refused


@pytest.fixture
def ended(monkeypatch, capsys):
    """Run a command line against these replies; its exit code, and what it printed on standard output and error."""

    def ended(arguments: str, *replies: Reply | BaseException) -> tuple[int, str, str]:
        pool = APool(*replies)
        monkeypatch.setattr(run, "Client", lambda url, patience: Client(url or URL, patience=patience, pool=pool))
        try:
            code: object = run.main(arguments.split())
        except SystemExit as end:
            code = end.code
        told = capsys.readouterr()
        assert isinstance(code, int)
        return code, told.out, told.err

    return ended


FINISHED = (given("1", task=a_key("FINISHED")), given(task=a_task()))
FAILED = (
    given("1", task=a_key("FAILED")),
    given(task=a_task("FAILED", reason="ERROR", error="ValueError: x\ty")),
)


def test_create_prints_the_id(ended):
    assert ended("create add 1 2", given(createTask=a_key(id="t-9"))) == (Exit.WELL, "t-9\n", "")


def test_create_and_wait_prints_the_result(ended):
    assert ended("create add 1 2 --wait", given(createTask=a_key()), *FINISHED) == (Exit.WELL, "3\n", "")


def test_a_text_is_printed_as_it_is_and_anything_else_as_json(ended):
    text = ended("result t-1", FINISHED[0], given(task=a_task(result="to be\nor not")))
    other = ended("result t-1", FINISHED[0], given(task=a_task(result={"a": [None, True]})))

    assert text[1] == "to be\nor not\n"
    assert other[1] == '{"a":[null,true]}\n'


def test_a_failed_task_ends_with_1_and_its_error_where_errors_go(ended):
    code, out, err = ended("result t-1", *FAILED)

    assert (code, out) == (Exit.FAILED, "")
    assert "ValueError: x" in err


def test_with_json_a_failed_task_is_printed_whole(ended):
    code, out, _ = ended("result t-1 --json", *FAILED)

    assert code == Exit.FAILED
    assert json.loads(out)["reason"] == "ERROR"


def test_a_result_that_is_not_there_yet_ends_with_5(ended):
    code, out, err = ended("result t-1", given("1", task=a_key("RUNNING")))

    assert (code, out) == (Exit.NOT_DONE, "")
    assert "RUNNING" in err


def test_a_wait_tells_of_every_task_and_ends_with_1_when_one_failed(ended):
    code, out, _ = ended("wait a b", *FINISHED, *FAILED)

    assert code == Exit.FAILED
    assert [line.split()[3] for line in out.splitlines()] == ["STATUS", "FINISHED", "FAILED"]


def test_a_wait_whose_time_is_over_tells_how_the_tasks_are_and_ends_with_5(ended):
    code, out, _ = ended(
        "wait a b --timeout 0", *FINISHED, given("1", task=a_key("RUNNING")), given(task=a_task("RUNNING"))
    )

    assert code == Exit.NOT_DONE
    assert "RUNNING" in out


def test_rows_are_aligned_plain_text_of_one_line_each(ended):
    _, out, _ = ended("status t-1", FAILED[1])

    header, row = out.splitlines()
    assert row.index("FAILED") == header.index("STATUS")
    assert row.endswith("ERROR: ValueError: x y")


def test_nothing_to_list_is_said_where_errors_go(ended):
    page = {"nodes": [], "pageInfo": {"hasNextPage": False, "endCursor": None}}

    assert ended("list", given(tasks=page)) == (Exit.WELL, "", "There is no such task.\n")
    assert ended("list --json", given(tasks=page)) == (Exit.WELL, "[]\n", "")


def test_a_refusal_ends_with_4_and_its_code(ended):
    code, out, err = ended("create addd", refused("UNKNOWN_TASK", "no addd"))

    assert (code, out, err) == (Exit.REFUSED, "", "UNKNOWN_TASK: no addd\n")


def test_with_json_an_error_is_json_too(ended):
    _, _, err = ended("create addd --json", refused("UNKNOWN_TASK", "no addd", nearest=["add"]))

    assert json.loads(err) == {"error": {"code": "UNKNOWN_TASK", "message": "no addd", "nearest": ["add"]}}


def test_a_backend_that_is_not_there_ends_with_3(ended):
    code, _, err = ended("workers --patience 0", no_connection())

    assert code == Exit.UNAVAILABLE
    assert URL in err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("workers --url foo", "'foo' is no address"),
        ("create add a=1 a=2", "a= is there twice"),
        ("import /no/such/file.csv", "No such file"),
        ("import x.xml", "--format"),
    ],
)
def test_words_that_do_not_fit_end_with_2(ended, arguments, says):
    code, _, err = ended(arguments, given())

    assert code == Exit.USAGE
    assert says in err


def test_ctrl_c_while_waiting_is_tidy_and_says_how_to_go_on(ended):
    code, out, err = ended("create sleep 60 --wait", given(createTask=a_key(id="t-9")), KeyboardInterrupt())

    assert (code, out) == (Exit.INTERRUPTED, "")
    assert "t-9" in err
    assert "Traceback" not in err


def test_what_a_task_waits_for_and_how_far_it_is_is_told_of(ended):
    waits = ended("status t-1", given(task=a_task("QUEUEING", waiting="no worker serves the queue mail")))
    runs = ended("status t-1", given(task=a_task("RUNNING", progress={"fraction": 0.254, "message": "page 3"})))
    silent = ended("status t-1", given(task=a_task("RUNNING", progress={"fraction": None, "message": None})))

    assert waits[1].rstrip().endswith("no worker serves the queue mail")
    assert runs[1].rstrip().endswith("25% page 3")
    assert silent[1].rstrip().endswith("-")


def a_file(tmp_path, text):
    path = tmp_path / "tasks.jsonl"
    path.write_text(text)
    return path


def test_an_import_tells_of_bad_lines_and_how_many_were_created(ended, tmp_path):
    path = a_file(tmp_path, '{"name":"add"}\n{oops\n{"name":"echo"}\n')

    code, out, err = ended(
        f"import {path}", given(createTasks={"created": 2, "existing": 0, "tasks": [a_key(), a_key()]})
    )

    assert (code, out) == (Exit.FAILED, "2 created, 1 bad line\n")
    assert err.startswith(f"{path}:2: no JSON object")


def test_with_json_an_import_tells_all_of_it_in_one_object(ended, tmp_path):
    path = a_file(tmp_path, '{"name":"addd"}\n{oops\n')

    code, out, err = ended(f"import {path} --json", refused("UNKNOWN_TASK", "tasks[0]: no addd", index=0))

    told = json.loads(out)
    assert (code, err, told["created"]) == (Exit.FAILED, "", 0)
    assert [(bad["line"], bad["code"]) for bad in told["bad"]] == [(1, "UNKNOWN_TASK"), (2, "BAD_INPUT")]
    assert told["bad"][0]["error"] == "no addd"


def test_an_import_that_has_to_end_early_tells_how_far_it_came(ended, tmp_path):
    path = a_file(tmp_path, '{"name":"add"}\n' * 1500)
    created = given(createTasks={"created": 1000, "existing": 0, "tasks": []})

    away = ended(f"import {path} --patience 0", created, no_connection())
    interrupted = ended(f"import {path}", created, KeyboardInterrupt())

    assert (away[0], interrupted[0]) == (Exit.UNAVAILABLE, Exit.INTERRUPTED)
    assert "1000 tasks stand in the record; import it again to go on" in away[2]
    assert "1000 tasks stand in the record" in interrupted[2]


def test_a_csv_without_a_name_column_is_wrong_use(ended, tmp_path):
    path = tmp_path / "tasks.csv"
    path.write_text("args\n[1]\n")

    code, _, err = ended(f"import {path}", given())

    assert code == Exit.USAGE
    assert "no column name" in err
