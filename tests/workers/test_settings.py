import os
import socket

import pytest

from workers.settings import BadSettings, Settings


def test_every_setting_has_a_default():
    settings = Settings.read({})

    assert settings.home.path.name == ".zonda"
    assert settings.transport == "zeromq+ipc:"
    assert settings.name == f"{socket.gethostname()}-{os.getpid()}"
    assert (settings.slots, settings.queues, settings.max_payload) == (1, ("*",), 1024 * 1024)
    assert (settings.slot_tasks, settings.slot_memory) == (100_000, 1024**3)
    assert settings.entry_point == "backend.tasks.execution:load"


def test_every_setting_is_read():
    settings = Settings.read(
        {
            "ZONDA_HOME": "/somewhere",
            "ZONDA_SLOTS": "64",
            "ZONDA_QUEUES": "mail, reports,mail",
            "ZONDA_MAX_PAYLOAD": "512KiB",
            "ZONDA_SLOT_TASKS": "500",
            "ZONDA_SLOT_MEMORY": "2 GiB",
            "ZONDA_WORKER_NAME": "worker-1",
            "ZONDA_TASK_ENTRY_POINT": "a.b:c",
        }
    )

    assert str(settings.home.path) == "/somewhere"
    assert (settings.slots, settings.queues, settings.max_payload) == (64, ("mail", "reports"), 512 * 1024)
    assert (settings.slot_tasks, settings.slot_memory) == (500, 2 * 1024**3)
    assert (settings.name, settings.entry_point) == ("worker-1", "a.b:c")


@pytest.mark.parametrize("blank", ["", " ", "\t"], ids=repr)
def test_a_blank_variable_is_none(blank):
    of_all = ("ZONDA_HOME", "ZONDA_TRANSPORT", "ZONDA_MAX_PAYLOAD", "ZONDA_TASK_ENTRY_POINT", "ZONDA_QUEUES")
    of_one = ("ZONDA_WORKER_NAME", "ZONDA_SLOTS", "ZONDA_SLOT_TASKS", "ZONDA_SLOT_MEMORY")

    assert Settings.read(dict.fromkeys((*of_all, *of_one), blank)) == Settings.read({})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("ZONDA_SLOTS", value) for value in ("0", "65", "-1", "x", "1.5", "٣")),
        *(("ZONDA_SLOT_TASKS", value) for value in ("0", "-1", "1e5", "9" * 5000)),
        *(("ZONDA_SLOT_MEMORY", value) for value in ("0", "1GB", "half", "2000GiB")),
        *(("ZONDA_QUEUES", value) for value in ("A", "a,,b", "*,a", "a b", "x" * 65, ",")),
        *(("ZONDA_MAX_PAYLOAD", value) for value in ("0", "4MiB", "1GB", "-1", "9" * 5000)),
        ("ZONDA_WORKER_NAME", "x" * 201),
        *(("ZONDA_TASK_ENTRY_POINT", value) for value in ("a.b", "a:b:c", "a b:c", ":c")),
    ],
)
def test_a_wrong_value_is_named(name, value):
    with pytest.raises(BadSettings, match=name):
        Settings.read({name: value})


def test_all_wrong_values_are_named_together():
    with pytest.raises(BadSettings) as caught:
        Settings.read({"ZONDA_SLOTS": "none", "ZONDA_QUEUES": "!"})

    assert [line.split("=")[0] for line in str(caught.value).splitlines()] == ["ZONDA_SLOTS", "ZONDA_QUEUES"]
