"""What a start is refused for, asked of the very programs that would run."""

import os
from pathlib import Path

from backend.supervisor.preflight import complaints

ROOT = Path(__file__).resolve().parents[3]


def asked(home: Path, **more: str) -> list[str]:
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("ZONDA_", "DJANGO_", "PYTEST_"))}
    return complaints({**ours, "ZONDA_HOME": str(home), **more}, ROOT)


def test_nobody_complains_of_an_environment_that_says_nothing(tmp_path: Path) -> None:
    assert asked(tmp_path / "home") == []


def test_every_wrong_value_of_every_process_is_named_once(tmp_path: Path) -> None:
    wrong = asked(
        tmp_path / "home",
        ZONDA_SLOTS="x",
        ZONDA_QUEUES="No Queue",
        ZONDA_MAX_PAYLOAD="4MiB",
        ZONDA_APPS="nosuchapp",
        ZONDA_GRAPHQL_URL="foo",
        DATABASE_URL="postgres://user:secret@host/db",
    )

    named = sorted(line.partition("=")[0].partition(":")[0] for line in wrong)
    assert named == [
        "DATABASE_URL",
        "ZONDA_APPS",
        "ZONDA_GRAPHQL_URL",
        "ZONDA_MAX_PAYLOAD",
        "ZONDA_QUEUES",
        "ZONDA_SLOTS",
    ]
    assert "secret" not in "".join(wrong)


def test_a_transport_that_is_none_is_named(tmp_path: Path) -> None:
    (line,) = asked(tmp_path / "home", ZONDA_TRANSPORT="pigeon")

    assert line.startswith("ZONDA_TRANSPORT=pigeon")
