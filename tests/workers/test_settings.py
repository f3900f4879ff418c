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
    assert settings.entry_point == "backend.tasks.execution:load"


def test_every_setting_is_read():
    settings = Settings.read(
        {
            "ZONDA_HOME": "/somewhere",
            "ZONDA_SLOTS": "64",
            "ZONDA_QUEUES": "mail, reports,mail",
            "ZONDA_MAX_PAYLOAD": "512KiB",
            "ZONDA_WORKER_NAME": "worker-1",
            "ZONDA_TASK_ENTRY_POINT": "a.b:c",
        }
    )

    assert str(settings.home.path) == "/somewhere"
    assert (settings.slots, settings.queues, settings.max_payload) == (64, ("mail", "reports"), 512 * 1024)
    assert (settings.name, settings.entry_point) == ("worker-1", "a.b:c")


@pytest.mark.parametrize("blank", ["", " ", "\t"], ids=repr)
def test_a_blank_variable_is_none(blank):
    names = ("ZONDA_HOME", "ZONDA_TRANSPORT", "ZONDA_WORKER_NAME", "ZONDA_SLOTS", "ZONDA_QUEUES", "ZONDA_MAX_PAYLOAD")

    assert Settings.read(dict.fromkeys((*names, "ZONDA_TASK_ENTRY_POINT"), blank)) == Settings.read({})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("ZONDA_SLOTS", value) for value in ("0", "65", "-1", "x", "1.5", "٣")),
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
