"""What a task may be, and what each refusal says."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from backend.tasks.depth import MAX_DEPTH
from backend.tasks.drafts import draft
from backend.tasks.refusals import BadArguments, BadInput, Refusal, TooLarge, UnknownTask


def _nested(levels):
    value: object = 1
    for _ in range(levels):
        value = [value]
    return value


def _refused(code, **asked):
    with pytest.raises(Refusal) as refused:
        draft(**{"name": "echo", "args": [1], **asked})
    assert refused.value.code == code
    return str(refused.value), refused.value.details


def test_what_is_not_given_is_the_task_functions_own():
    drafted = draft(name="add", args=[1, 2])

    assert (drafted.name, drafted.path) == ("add", "backend.demo.tasks.add")
    assert (drafted.queue, drafted.priority, drafted.run_after) == ("default", 0, None)
    assert (drafted.args_json, drafted.kwargs_json) == ("[1,2]", "{}")
    assert len(drafted.key) == 36


def test_each_draft_without_an_id_has_one_of_its_own():
    assert draft(name="add", args=[1, 2]).key != draft(name="add", args=[1, 2]).key


def test_the_full_path_names_the_same_task():
    by_path, by_name = draft(name="backend.demo.tasks.echo", args=[1]), draft(name="echo", args=[1])

    assert (by_path.name, by_path.digest) == (by_name.name, by_name.digest)


@pytest.mark.parametrize("key", ["a", "A9._:-", "x" * 200])
def test_ids_of_clients_are_taken_as_they_are(key):
    assert draft(name="echo", args=[1], id=key).key == key


@pytest.mark.parametrize("key", ["", "x" * 201, "a b", "é", "a\n", "a/b"])
def test_an_id_of_another_form_is_refused(key):
    message, details = _refused("BAD_INPUT", id=key)

    assert message == "id: must have 1 to 200 characters of A-Z a-z 0-9 . _ : -"
    assert details == {"field": "id"}


@pytest.mark.parametrize("queue", ["", "Mail", "a b", "x" * 65, "é", "mail\n"])
def test_a_bad_queue_name_is_refused(queue):
    message, details = _refused("BAD_INPUT", queue=queue)

    assert "must have 1 to 64 characters of a-z 0-9 . _ -" in message
    assert details == {"field": "queue"}


@pytest.mark.parametrize("priority", [-101, 101, 10**30])
def test_a_priority_outside_of_its_limits_is_refused(priority):
    assert _refused("BAD_INPUT", priority=priority) == (
        f"priority: {priority} is outside -100 to 100",
        {"field": "priority"},
    )


@pytest.mark.parametrize("priority", [-100, 0, 100])
def test_a_priority_within_its_limits_is_taken(priority):
    assert draft(name="echo", args=[1], priority=priority).priority == priority


def test_an_instant_without_a_zone_is_refused_with_one_that_has_it():
    message, details = _refused("BAD_INPUT", run_after=datetime(2026, 11, 21, 22, 4))  # noqa: DTZ001

    assert message == "runAfter: 2026-11-21T22:04:00 has no time zone; write for example 2026-11-21T22:04:00Z"
    assert details == {"field": "runAfter"}


@pytest.mark.parametrize(
    "moment",
    [
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
        datetime(9999, 12, 31, 23, 59, tzinfo=timezone(timedelta(hours=-12))),
    ],
)
def test_an_instant_that_utc_has_no_name_for_is_refused(moment):
    assert "outside the years 1 to 9999" in _refused("BAD_INPUT", run_after=moment)[0]


def test_an_instant_is_kept_in_utc():
    moment = datetime(2026, 11, 21, 23, tzinfo=timezone(timedelta(hours=1)))

    assert draft(name="echo", args=[1], run_after=moment).run_after == datetime(2026, 11, 21, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("args", "kind"), [("[1]", "a string"), ({"a": 1}, "an object"), (1, "a number"), (True, "a boolean"), ({1}, "set")]
)
def test_args_that_are_no_array_are_refused(args, kind):
    message, _ = _refused("BAD_INPUT", args=args)

    assert message == f"args: must be a JSON array such as [1, 2], not {kind}"


@pytest.mark.parametrize(("kwargs", "kind"), [("{}", "a string"), ([1], "an array"), (0.5, "a number")])
def test_kwargs_that_are_no_object_are_refused(kwargs, kind):
    message, _ = _refused("BAD_INPUT", args=None, kwargs=kwargs)

    assert message == f'kwargs: must be a JSON object such as {{"a": 1}}, not {kind}'


def test_an_unknown_task_is_refused_with_the_nearest_names():
    with pytest.raises(UnknownTask) as refused:
        draft(name="ad")

    assert str(refused.value).startswith("There is no task function named 'ad'. Did you mean add")
    assert refused.value.details["nearest"] == ["add"]


def test_a_name_like_no_other_is_refused_with_where_to_look():
    assert "The query taskTypes lists all" in _refused("UNKNOWN_TASK", name="zzzzzzzz")[0]


def test_a_very_long_name_is_cut():
    assert len(_refused("UNKNOWN_TASK", name="z" * 100_000)[0]) < 300


def test_arguments_that_do_not_fit_are_refused_by_their_parameter():
    with pytest.raises(BadArguments, match="add: parameter 'b' is missing") as refused:
        draft(name="add", args=[1])

    assert refused.value.details == {"parameter": "b", "at": "", "why": "is missing"}


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (float("nan"), "has no JSON form"),
        (float("inf"), "has no JSON form"),
        (b"bytes", "has no JSON form"),
        (10**5000, "has no JSON form"),
        ("\ud800", "has a string that is not Unicode text: surrogates not allowed"),
        ({"\udfff": 1}, "has a string that is not Unicode text"),
        (_nested(MAX_DEPTH), f"is nested more than {MAX_DEPTH} levels deep"),
        (_nested(3000), f"is nested more than {MAX_DEPTH} levels deep"),
        (_nested(100_000), f"is nested more than {MAX_DEPTH} levels deep"),
    ],
    ids=["nan", "inf", "bytes", "long int", "surrogate", "surrogate key", "one too deep", "deep", "very deep"],
)
def test_a_value_that_nobody_could_read_again_is_refused(value, why):
    for asked in ({"args": [value]}, {"args": None, "kwargs": {"value": value}}):
        message, details = _refused("BAD_ARGUMENTS", **asked)
        what = "args" if asked["args"] else "kwargs"
        assert message.startswith(f"echo: parameter '{what}' {why}")
        assert (details["parameter"], details["at"]) == (what, "")
        assert details["why"].startswith(why)


@pytest.mark.parametrize("value", [_nested(MAX_DEPTH - 1), "[" * 1000, "\x00", "🌬", 10**100, '["\\"[["]' * 100])
def test_unusual_values_are_taken(value):
    assert draft(name="echo", args=[value]).args == [value]


def test_too_much_is_refused_with_its_size_and_the_limit():
    with pytest.raises(TooLarge) as refused:
        draft(name="echo", args=["x" * 2 * 1024 * 1024])

    assert refused.value.code == "TOO_LARGE"
    assert refused.value.details == {"what": "the arguments of echo", "size": 2097158, "limit": 1048576}
    assert "ZONDA_MAX_PAYLOAD" in str(refused.value)


def test_the_size_is_that_of_the_text_in_utf_8():
    limit = 1024 * 1024
    around = len('["🌬"]{}'.encode())

    assert draft(name="echo", args=["🌬" + "é" * ((limit - around) // 2)])
    with pytest.raises(TooLarge):
        draft(name="echo", args=["🌬" + "é" * ((limit - around) // 2 + 1)])


def test_bad_input_is_refused_by_its_field():
    assert issubclass(BadInput, Refusal)
    assert BadInput("field", "why").details == {"field": "field"}
