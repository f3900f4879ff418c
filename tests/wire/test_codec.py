import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from tests.wire.messages import HEADER, ON_CONTROL, ON_RESULTS, ON_STATUS, ON_TASKS, ON_WORKER_TOPIC, REPORT
from wire import codec
from wire.messages import (
    KIND_OF,
    MAX_FRAME,
    UNREADABLE_AT_MOST,
    Ask,
    AttemptSucceeded,
    Grant,
    Held,
    Line,
    Message,
    OnControl,
    OnResults,
    OnStatus,
    OnTasks,
    OnWorkerTopic,
    ReportKind,
    Revoked,
    Unsettled,
    VentilatorBeat,
)

GOLDEN = Path(__file__).parent / "golden"
TOPICS: list[tuple[Any, Any, Any]] = [
    (codec.tasks_decoder, ON_TASKS, OnTasks),
    (codec.worker_topic_decoder, ON_WORKER_TOPIC, OnWorkerTopic),
    (codec.status_decoder, ON_STATUS, OnStatus),
    (codec.control_decoder, ON_CONTROL, OnControl),
    (codec.results_decoder, ON_RESULTS, OnResults),
]
DECODERS = [decoder for decoder, _, _ in TOPICS]
ALL = [(name, message, decoder) for decoder, messages, _ in TOPICS for name, message in messages.items()]


@pytest.mark.parametrize(("name", "message", "decoder"), ALL, ids=[name for name, _, _ in ALL])
def test_each_message_is_the_golden_frame_and_the_golden_frame_is_it(name, message, decoder):
    golden = (GOLDEN / f"{name}.json").read_bytes()

    assert codec.encode([message]) + b"\n" == golden
    [read], unreadable = decoder.decode(golden)
    assert not unreadable
    assert type(read) is type(message)
    assert codec.encode([read]) + b"\n" == golden


def test_every_kind_has_a_golden_frame_and_every_golden_frame_a_kind():
    assert {path.stem for path in GOLDEN.iterdir()} == {name for name, _, _ in ALL}
    for _, messages, union in TOPICS:
        kinds = {type(message) for message in messages.values()}
        assert kinds == set(getattr(union, "__args__", (union,)))


# --- round trips -----------------------------------------------------------------------------------------------------


def raw(document: object) -> Raw:
    return Raw(json.dumps(document).encode())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)
RAW = JSON.map(raw)
ASKED = st.just(msgspec.UNSET) | JSON.filter(lambda document: fits(document))  # noqa: PLW0108  (it follows)


def fits(document: object) -> bool:
    """Whether the encoder of messages takes it as it is; arguments travel as they came, and are never encoded by it."""
    try:
        return bool(json.loads(msgspec.json.encode(document)) == document)
    except (OverflowError, UnicodeEncodeError, msgspec.MsgspecError):
        return False


COUNTS = st.integers(0, 2**63 - 1)
NUMBERS = st.integers(-(2**63), 2**63 - 1)
FIELDS: dict[str, st.SearchStrategy] = {
    "task_id": st.from_regex(r"^[A-Za-z0-9._:-]{1,200}\Z"),
    "task": st.text(st.characters(exclude_categories=("C", "Z")), min_size=1),
    "topic": st.from_regex(r"^W[1-9][0-9]{0,5}\Z"),
    "worker": st.from_regex(r"^W[1-9][0-9]{0,5}\Z"),
    "fence": st.integers(1, 2**63 - 1),
    "attempt": st.integers(1, 2**31),
    "slots": st.integers(1, 1024),
    "loading": st.integers(0, 1024),
    "epoch": COUNTS,
    "seq": COUNTS,
    "hello": COUNTS,
    "received": st.tuples(COUNTS, COUNTS),
    "pid": st.integers(0, 2**31 - 1),
    "priority": NUMBERS,
    "incarnation": st.text(min_size=1, max_size=64),
    "name": st.text(max_size=200),
    "host": st.text(max_size=200),
    "queues": st.lists(st.text(min_size=1, max_size=64), min_size=1, max_size=3).map(tuple),
    "ran": st.floats(0, 1e300),
    "timeout": st.none() | st.floats(0, 1e300),
    "grace": st.floats(0, 1e300),
    "created_at": st.none() | st.text(max_size=40),
    "delay": st.just(msgspec.UNSET) | st.floats(0, 1e300),
    "tries": COUNTS,
    "max_attempts": st.integers(1, 2**31),
    "revoked": st.lists(st.builds(Revoked, st.just("t-1"), st.just(5)), max_size=3).map(tuple),
    "fraction": st.none() | st.floats(0, 1),
    "message": st.none() | st.text(max_size=1000),
    "lines": st.lists(
        st.builds(Line, st.integers(1, 2**31 - 1), st.floats(0, 1e300), st.text(max_size=16), st.text(max_size=50)),
        min_size=1,
        max_size=3,
    ).map(tuple),
    "holds": st.lists(st.builds(Held, st.just("t-1"), st.just(5), st.booleans()), max_size=3).map(tuple),
    "unsettled": st.lists(st.builds(Unsettled, st.just("t-1"), st.just(5)), max_size=3).map(tuple),
}


def strategy(kind: type) -> st.SearchStrategy:
    """Any message of the kind, as its types allow."""
    return st.builds(
        kind,
        **{
            field.name: RAW
            if field.type is Raw
            else ASKED
            if field.type is Any
            else FIELDS.get(field.name, st.from_type(field.type))
            for field in msgspec.structs.fields(kind)
        },
    )


BOUNDED = ({"pid": 2**31}, {"pid": 2**70}, {"queues": ["q"] * 1_001}, {"queues": ["q" * 65]})


@pytest.mark.parametrize("more", BOUNDED, ids=lambda more: f"{len(str(more))} characters of {next(iter(more))}")
def test_what_a_beat_says_of_its_worker_is_bounded(more):
    said = {**json.loads((GOLDEN / "status-beat.json").read_bytes()), **more}

    read, unreadable = codec.status_decoder.decode(json.dumps(said).encode())

    assert (read, len(unreadable)) == ([], 1)


@pytest.mark.parametrize(("decoder", "union"), [(decoder, union) for decoder, _, union in TOPICS], ids=str)
def test_whatever_is_encoded_is_decoded_as_it_was(decoder, union):
    kinds = getattr(union, "__args__", (union,))

    @given(st.lists(st.one_of(*map(strategy, kinds)), min_size=1, max_size=3), st.integers(1, 3))
    def check(messages: list[Message], frames: int) -> None:
        read: list[Message] = []
        for frame in codec.frames(messages, limit=MAX_FRAME // frames):
            some, unreadable = decoder.decode(frame)
            assert not unreadable
            read += some
        assert [type(message) for message in read] == [type(message) for message in messages]
        assert [codec.encode([message]) for message in read] == [codec.encode([message]) for message in messages]

    check()


# --- what is none of our messages -----------------------------------------------------------------------------------


@pytest.mark.parametrize("decoder", DECODERS)
def test_decoding_never_raises_whatever_comes(decoder):
    @given(st.binary() | JSON.map(lambda document: json.dumps(document).encode()))
    def check(frame: bytes) -> None:
        messages, unreadable = decoder.decode(frame)
        assert messages or unreadable or frame.strip() == b"[]"

    check()


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"   ",
        b"null",
        b"[" * 200_000,
        b'{"kind":"assigned","epoch":1,"incarnation":"x","topic":"W1","more":' + b"[" * 200_000,
        b"\xff\xfe",
        b"9" * 10_000,
        b'{"kind":"mystery"}',
        b'{"epoch":1}',
        b'[{"kind":"beat"},',
        b"[1,2,3]",
        b'{"kind":"assigned","epoch":1,"incarnation":"x","topic":"W1","task":"add"}' + b" " * MAX_FRAME,
        b"\x00" * 100,
        b'{"task":"\xff","kind":"drain"}',
    ],
    ids=range(14),
)
@pytest.mark.parametrize("decoder", DECODERS, ids=["tasks", "worker", "status", "control", "results"])
def test_what_is_no_frame_is_said_to_be_unreadable(decoder, frame):
    messages, unreadable = decoder.decode(frame)

    assert messages == []
    assert unreadable
    assert all(len(bad.cut) <= 800 for bad in unreadable)


def test_one_bad_object_spoils_no_other_of_its_frame():
    good = codec.encode([VentilatorBeat(**HEADER)])
    frame = b"[" + b",".join([good, b'{"kind":"task"}', b"7", good]) + b"]"

    messages, unreadable = codec.worker_topic_decoder.decode(frame)

    assert len(messages) == len(unreadable) == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"fence": 0},
        {"fence": 2**63},
        {"fence": 1.5},
        {"fence": "1"},
        {"task-id": ""},
        {"task-id": "x" * 201},
        {"task-id": "a b"},
        {"task-id": "a\n"},
        {"worker": "W0"},
        {"worker": "W01"},
        {"worker": "W1\n"},
        {"worker": "status"},
        {"attempt": 0},
        {"incarnation": ""},
        {"incarnation": "x" * 65},
        {"ran": -1},
        {"kind": "cheered"},
    ],
    ids=str,
)
def test_a_report_with_a_wrong_value_is_unreadable(wrong):
    good = json.loads(codec.encode([ON_RESULTS["results-succeeded"]]).replace(b"1e400", b"1"))
    assert codec.results_decoder.decode(json.dumps(good).encode())[1] == []

    messages, unreadable = codec.results_decoder.decode(json.dumps(good | wrong).encode())

    assert messages == []
    assert len(unreadable) == 1


@pytest.mark.parametrize(
    ("frame", "why"),
    [
        (b'{"args":[1,2]}', "`task`"),
        (b'{"task":7}', "Expected `str`, got `int`"),
        (b'{"task":""}', "length >= 1"),
        (b'{"task":"a\\n"}', "characters that no name has"),
        (b'{"task":"\\ud800"}', "characters that no name has"),
        (b'{"task":"add","task-id":7}', "task-id"),
        (b'{"task":"add","task-id":"a b"}', "task-id"),
        (b'{"task":"add","task":"add"}', "the key 'task' stands in it twice"),
        (b'{"task":"echo","kwargs":{"value":1,"value":2}}', "the key 'value' stands in it twice"),
        (b'{"task":"echo","args":[NaN]}', "NaN is no JSON"),
        (b'{"task":"echo","args":[-Infinity]}', "-Infinity is no JSON"),
        (b'{"task":"echo","args":[' + b"9" * 5000 + b"]}", "too many digits"),
        (b'{"task":"echo","args":[' + b"[" * 100_000, "nested too deeply"),
        (b'{"task":"echo"', "line 1"),
        (b'{"task":"echo","args":["\xff"]}', "utf-8"),
        (b"\xff\xfe\x00", "utf-8"),
        (b"7", "got `int`"),
        (b'"add"', "got `str`"),
    ],
    ids=range(18),
)
def test_a_message_that_two_readers_could_read_differently_is_unreadable_and_says_why(frame, why):
    messages, [bad] = codec.tasks_decoder.decode(frame)

    assert messages == []
    assert why in bad.why


@pytest.mark.parametrize("left_out", [{}, {"task-id": None, "args": None, "queue": None, "colour": "blue"}], ids=str)
def test_all_but_the_task_may_be_left_out_or_null(left_out):
    [ask], unreadable = codec.tasks_decoder.decode(json.dumps({"task": "add"} | left_out).encode())

    assert not unreadable
    assert ask.task == "add"
    assert not ask.task_id
    assert not ask.args


def test_whatever_stands_beside_the_task_is_read_as_it_is():
    [ask], _ = codec.tasks_decoder.decode(b'{"task":"add","args":7,"queue":[],"priority":"high","timeout":{}}')

    assert (ask.args, ask.queue, ask.priority, ask.timeout) == (7, [], "high", {})


@pytest.mark.parametrize("decoder", DECODERS, ids=["tasks", "worker", "status", "control", "results"])
def test_a_frame_of_garbage_alone_is_not_read_to_its_end(decoder):
    messages, unreadable = decoder.decode(b"[" + b",".join([b"1"] * 1_000_000) + b"]")

    assert messages == []
    assert len(unreadable) == UNREADABLE_AT_MOST + 1
    assert f"{1_000_000 - UNREADABLE_AT_MOST} from here on" in unreadable[-1].why


def test_the_contents_of_a_frame_come_one_by_one_with_their_bytes():
    frame = b'[ {"task":"add"} ,7, {"task":"sub" } ]'

    found = list(codec.tasks_decoder.contents(frame))

    assert [body for body, _ in found] == [b'{"task":"add"}', b"7", b'{"task":"sub" }']
    assert [isinstance(content, Ask) for _, content in found] == [True, False, True]


def test_unknown_keys_are_ignored():
    good = json.loads(codec.encode([ON_RESULTS["results-started"]]))

    [message], unreadable = codec.results_decoder.decode(json.dumps(good | {"colour": "blue"}).encode())

    assert message == ON_RESULTS["results-started"]
    assert not unreadable


# --- frames ----------------------------------------------------------------------------------------------------------


def a_success(size: int) -> AttemptSucceeded:
    return AttemptSucceeded(**REPORT, ran=0.1, result=Raw(b'"' + b"x" * (size - 2) + b'"'))


def test_frames_hold_as_many_messages_as_fit_and_never_more_bytes_than_may_be():
    messages = [a_success(size) for size in (10, 300, 2000, 5, 900, 900, 10)]

    frames = list(codec.frames(messages, limit=2500))

    assert all(len(frame) <= 2500 for frame in frames)
    assert len(frames) == 3
    read = [message for frame in frames for message in codec.results_decoder.decode(frame)[0]]
    assert [len(bytes(message.result)) for message in read] == [10, 300, 2000, 5, 900, 900, 10]


def test_a_frame_of_one_message_is_an_object_and_of_more_an_array():
    one = ON_RESULTS["results-started"]

    assert list(codec.frames([])) == []
    assert [json.loads(frame) for frame in codec.frames([one])] == [json.loads(codec.encode([one]))]
    assert [len(json.loads(frame)) for frame in codec.frames([one, one])] == [2]
    assert len(json.loads(codec.encode([one, one]))) == 2


def test_a_message_that_fits_no_frame_is_refused_by_name():
    with pytest.raises(codec.TooLarge, match="AttemptSucceeded"):
        list(codec.frames([a_success(10), a_success(5000)], limit=1000))


def test_a_frame_above_the_limit_is_not_even_looked_at():
    _, [bad] = codec.results_decoder.decode(codec.encode([a_success(MAX_FRAME)]))

    assert str(MAX_FRAME) in bad.why


def test_arguments_and_results_pass_through_byte_for_byte():
    grant = ON_WORKER_TOPIC["worker-task"]
    assert isinstance(grant, Grant)

    [read], _ = codec.worker_topic_decoder.decode(codec.encode([grant]))

    assert isinstance(read, Grant)
    assert (bytes(read.args), bytes(read.kwargs)) == (bytes(grant.args), bytes(grant.kwargs))


def test_each_kind_of_report_has_its_word():
    assert set(KIND_OF) == {*OnResults.__args__}
    assert set(KIND_OF.values()) == set(ReportKind)
    for kind, word in KIND_OF.items():
        assert word == kind.__struct_config__.tag
