import json
import re
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from wire import codec
from wire.messages import (
    MAX_FRAME,
    UNREADABLE_AT_MOST,
    Answer,
    Ask,
    OnControl,
    OnResults,
    OnStatus,
    OnWorkerTopic,
    ReportKind,
)

TEXT = (Path(__file__).resolve().parents[2] / "wire" / "PROTOCOL.md").read_text()
EXAMPLES = re.findall(r"```json (\S+)\n(.*?)```", TEXT, re.DOTALL)

TOPICS: dict[str, tuple[codec.Decoder, tuple]] = {
    "TASKS": (codec.tasks_decoder, ()),  # what comes there has no kind
    "W1": (codec.worker_topic_decoder, get_args(OnWorkerTopic)),
    "status": (codec.status_decoder, get_args(OnStatus)),
    "control": (codec.control_decoder, (OnControl,)),
    "results": (codec.results_decoder, get_args(OnResults)),
}
KINDS = [(topic, kind) for topic, (_, kinds) in TOPICS.items() for kind in kinds]


def section(topic: str) -> str:
    """The part of the page under the topic's heading."""
    name = "W<n>" if topic == "W1" else topic
    return TEXT.split(f"\n## `{name}`")[1].split("\n## ")[0]


@pytest.mark.parametrize(("topic", "kind"), KINDS, ids=[f"{topic}-{kind.__name__}" for topic, kind in KINDS])
def test_each_kind_is_named_under_its_topic(topic, kind):
    assert f"**`{kind.__struct_config__.tag}`**" in section(topic)


@pytest.mark.parametrize(("topic", "kind"), KINDS, ids=[f"{topic}-{kind.__name__}" for topic, kind in KINDS])
def test_each_key_of_a_kind_is_named_under_its_topic(topic, kind):
    for field in msgspec.structs.fields(kind):
        assert f"`{field.encode_name}`" in section(topic) or f'"{field.encode_name}"' in section(topic)


@pytest.mark.parametrize(("topic", "kind"), KINDS, ids=[f"{topic}-{kind.__name__}" for topic, kind in KINDS])
def test_each_kind_has_an_example_with_all_its_keys(topic, kind):
    examples = [json.loads(text) for name, text in EXAMPLES if name == topic]
    keys = {key for example in examples if example["kind"] == kind.__struct_config__.tag for key in example}

    assert keys - {"kind"} == {field.encode_name for field in msgspec.structs.fields(kind)} - optional(kind)


def optional(kind: type) -> set[str]:
    """A hello's example is a first one: the keys that it may leave out are in the beat's."""
    names = {"topic", "received", "draining", "loading", "holds", "unsettled"}
    return names if kind.__name__ == "Hello" else set()


@pytest.mark.parametrize(("topic", "text"), EXAMPLES, ids=map(str, range(len(EXAMPLES))))
def test_each_example_is_a_message_of_its_topic_and_nothing_of_it_is_ignored(topic, text):
    decoder, _ = TOPICS[topic]
    messages, unreadable = decoder.decode(text.encode())

    assert not unreadable
    [message] = messages
    assert json.loads(codec.encode([message])).items() >= json.loads(text).items()


def test_each_key_of_a_task_that_is_asked_for_is_named_and_in_an_example():
    keys = {field.encode_name for field in msgspec.structs.fields(Ask)}

    for key in keys:
        assert f"`{key}`" in section("TASKS")
    assert {key for name, text in EXAMPLES if name == "TASKS" for key in json.loads(text)} == keys


def test_every_answer_and_every_reported_kind_is_named():
    for word in (*Answer, *ReportKind):
        assert f"`{word}`" in TEXT


def test_the_limit_of_a_frame_is_the_codes():
    assert f"{MAX_FRAME:,} bytes" in TEXT
    assert f"after {UNREADABLE_AT_MOST:,} of them" in TEXT
