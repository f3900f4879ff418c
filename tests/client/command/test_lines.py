import io
import re
from collections.abc import Iterable
from datetime import UTC, datetime

import pytest

from client.command import lines
from client.command.lines import BadFile, BadLine, GoodLine, Line, drafts, of_csv, of_json_lines
from client.records import Draft


def json_lines(text: str | bytes, source: str | None = "tasks.jsonl") -> list[Line]:
    return list(drafts(of_json_lines(io.BytesIO(text if isinstance(text, bytes) else text.encode())), source))


def rows(text: str | bytes) -> list[Line]:
    return list(drafts(of_csv(io.BytesIO(text if isinstance(text, bytes) else text.encode())), None))


def tasks(found: Iterable[Line]) -> list[Draft]:
    return [line.draft for line in found if isinstance(line, GoodLine)]


def bad(found: Iterable[Line]) -> dict[int, str]:
    return {line.number: line.why for line in found if isinstance(line, BadLine)}


def test_a_line_is_a_task_with_the_fields_of_create_task():
    (task,) = tasks(
        json_lines(
            '{"name":"add","args":[1],"kwargs":{"b":2},"id":"x","queue":"q","priority":3,'
            '"runAfter":"2026-11-21T22:04:00Z","expiresAt":"2026-11-22T22:04:00Z","timeout":2,"maxAttempts":3}'
        )
    )

    assert (task.name, task.args, task.kwargs, task.id, task.queue, task.priority) == (
        "add",
        [1],
        {"b": 2},
        "x",
        "q",
        3,
    )
    assert (task.timeout, task.max_attempts) == (2, 3)
    assert task.run_after == datetime(2026, 11, 21, 22, 4, tzinfo=UTC)
    assert task.expires_at == datetime(2026, 11, 22, 22, 4, tzinfo=UTC)


def test_a_line_may_be_a_message_as_on_tasks():
    (task,) = tasks(json_lines('{"task-id":"x","task":"add","args":[1,2],"run-after":"2026-11-21T22:04:00Z"}'))

    assert (task.id, task.name, task.args) == ("x", "add", [1, 2])
    assert task.run_after is not None


def test_null_is_as_if_it_was_not_there():
    (task,) = tasks(json_lines('{"name":"add","queue":null,"args":null}'))

    assert task == Draft(name="add", id=task.id)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{oops", "no JSON object"),
        ("[1]", "no JSON object"),
        ('"add"', "no JSON object"),
        ("[" * 100_000, "no JSON object"),
        ("{}", "name: the task function is missing"),
        ('{"name":"add","arg":[1]}', "'arg' is unknown; did you mean args?"),
        ('{"name":"add","shoe":1}', "'shoe' is unknown; known are"),
        ('{"name":"add","task":"add"}', "there is a second name"),
        ('{"name":1}', "name: expected a text"),
        ('{"name":"add","args":{"a":1}}', "args: expected a JSON array"),
        ('{"name":"add","kwargs":[1]}', "kwargs: expected a JSON object"),
        ('{"name":"add","id":17}', "id: expected a text"),
        ('{"name":"add","priority":"high"}', "priority: expected a whole number"),
        ('{"name":"add","priority":true}', "priority: expected a whole number"),
        ('{"name":"add","maxAttempts":1.5}', "max_attempts: expected a whole number"),
        ('{"name":"add","timeout":"1s"}', "timeout: expected a number of seconds"),
        ('{"name":"add","expiresAt":"2026-11-21T22:04:00"}', "no time zone"),
        ('{"name":"add","runAfter":"2026-11-21T22:04:00"}', "no time zone"),
        ('{"name":"add","runAfter":"soon"}', "no instant"),
    ],
)
def test_a_bad_line_is_told_with_its_number_and_why_and_the_next_one_is_read(line, says):
    found = json_lines(f'{{"name":"add"}}\n{line}\n{{"name":"echo"}}\n')

    assert [task.name for task in tasks(found)] == ["add", "echo"]
    assert list(bad(found)) == [2]
    assert says in bad(found)[2]


def test_bytes_that_are_no_text_are_bad_only_on_their_line():
    found = json_lines(b'{"name":"add"}\n{"name":"\xff"}\n{"name":"echo"}')

    assert [task.name for task in tasks(found)] == ["add", "echo"]
    assert list(bad(found)) == [2]


def test_blank_lines_and_a_byte_order_mark_are_nothing():
    found = json_lines(b'\xef\xbb\xbf{"name":"add"}\r\n\n  \n{"name":"echo"}')

    assert [line.number for line in found] == [1, 4]
    assert bad(found) == {}


def test_a_line_longer_than_any_request_is_skipped_without_being_held(monkeypatch):
    monkeypatch.setattr(lines, "LONGEST", 100)

    found = json_lines('{"name":"add"}\n{"name":"' + "x" * 1000 + '"}\n{"name":"echo"}\n')

    assert [task.name for task in tasks(found)] == ["add", "echo"]
    assert "longer than" in bad(found)[2]


def test_the_same_line_of_the_same_source_has_the_same_id_wherever_it_stands():
    before = tasks(json_lines('{"name":"add","args":[1,2]}\n{"name":"echo"}\n'))
    after = tasks(json_lines('{"name":"sleep"}\n{"name":"echo"}\n\n{"args": [1, 2], "name": "add"}\n'))

    assert (before[0].id, before[1].id) == (after[2].id, after[1].id)


def test_equal_lines_are_tasks_of_their_own():
    found = tasks(json_lines('{"name":"add"}\n' * 3))

    assert len({task.id for task in found}) == 3
    assert [task.id for task in found] == [task.id for task in tasks(json_lines('{"name":"add"}\n' * 3))]


def test_another_source_makes_other_ids_and_none_makes_no_id():
    text = '{"name":"add"}\n'

    assert tasks(json_lines(text, "a"))[0].id != tasks(json_lines(text, "b"))[0].id
    assert tasks(json_lines(text, None))[0].id is None


def test_an_id_of_the_lines_own_is_kept():
    assert tasks(json_lines('{"name":"add","id":"mine"}'))[0].id == "mine"


def test_a_row_is_a_task_and_an_empty_cell_is_nothing():
    found = tasks(rows('name,args,kwargs,queue,priority\nadd,"[1, 2]",,,\nadd,[1],"{""b"": 2}",mail,-3\n'))

    assert found == [
        Draft(name="add", args=[1, 2]),
        Draft(name="add", args=[1], kwargs={"b": 2}, queue="mail", priority=-3),
    ]


def test_numbers_in_cells_are_numbers():
    (task,) = tasks(rows("name,timeout,max-attempts\nadd,2.5,3\n"))

    assert (task.timeout, task.max_attempts) == (2.5, 3)


def test_a_column_may_be_one_argument_by_name():
    found = tasks(rows('task,kwargs.a,kwargs.b,kwargs\nadd,1,2,\necho,to be,,\nx,1,,"{""c"": 3}"\n'))

    assert [task.kwargs for task in found] == [{"a": 1, "b": 2}, {"a": "to be"}, {"a": 1, "c": 3}]


def test_a_row_is_named_by_its_first_line():
    found = rows('name,args\nadd,"[1,\n2]"\nadd,x\n\necho,"[""a\nb""]"\n')

    assert [line.number for line in found] == [2, 4, 6]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("add", "expected 4 cells as in the header, found 1"),
        ("add,1,,", "args: expected a JSON array"),
        ("add,x,,", "args: expected a JSON array"),
        ("add,,high,", "priority: expected a whole number"),
        ("add,,1.5,", "priority: expected a whole number"),
        (",[1],,", "name: the task function is missing"),
        ('"ad"d,,,', "no CSV"),
        ("add,,,\udcff", "kwargs.b: .*Unicode"),
        ("\udcff,,,", "name: .*Unicode"),
    ],
)
def test_a_bad_row_is_told_with_its_number_and_why_and_the_next_one_is_read(row, says):
    text = f"name,args,priority,kwargs.b\nadd,,,\n{row}\necho,,,\n"

    found = rows(text.encode("utf-8", "surrogateescape"))

    assert [task.name for task in tasks(found)] == ["add", "echo"]
    (line,) = (line for line in found if isinstance(line, BadLine))
    assert line.number == 3
    assert re.search(says, line.why), line.why


def test_an_argument_that_stands_in_two_columns_is_refused():
    found = rows('name,kwargs,kwargs.a\nadd,"{""a"": 1}",2\nadd,3,2\n')

    assert "kwargs.a" in bad(found)[2]
    assert "expected a JSON object" in bad(found)[3]


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ("", "no column name"),
        ("args,queue", "no column name"),
        ("name,shoe", "'shoe' is unknown"),
        ("name,task", "'task' is there twice|'name' is there twice"),
        ('"name,args', "no CSV header"),
    ],
)
def test_a_header_that_cannot_be_used_ends_it_all(header, says):
    with pytest.raises(BadFile, match=says):
        rows(f"{header}\nadd,1\n")


def test_a_cell_may_be_as_large_as_a_request():
    (task,) = tasks(rows(f'name,kwargs.value\necho,"{"x" * 500_000}"\n'))

    assert len(task.kwargs["value"]) == 500_000
