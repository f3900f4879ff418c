"""What the backend reads from its environment, and how each wrong value is named."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from backend.environment import Environment


def _read(**environ):
    return Environment.read({"ZONDA_HOME": "/data", **environ})


def _wrong(**environ):
    with pytest.raises(ImproperlyConfigured) as wrong:
        _read(**environ)
    return str(wrong.value).split("\n")


def test_without_any_variable_there_is_a_default_for_each(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    found = Environment.read({})

    assert found.home.path == tmp_path / ".zonda"
    assert found.database == tmp_path / ".zonda" / "zonda.sqlite3"
    assert (found.apps, found.transport, found.host, found.port) == ((), "zeromq+ipc:", "127.0.0.1", 8000)
    assert (found.max_payload, found.max_body) == (1024 * 1024, 16 * 1024 * 1024)
    assert (found.redis_url, found.retention) == (None, timedelta(days=7))
    assert found.allowed_hosts == ("127.0.0.1", "localhost", "[::1]")
    assert found.cors_origins == ()


@pytest.mark.parametrize("blank", ["", " ", "\t"], ids=repr)
def test_a_blank_variable_is_none(blank):
    names = ("DATABASE_URL", "ZONDA_APPS", "ZONDA_TRANSPORT", "ZONDA_MAX_PAYLOAD", "ZONDA_MAX_BODY", "ZONDA_PORT")
    others = (
        "ZONDA_REDIS_URL",
        "ZONDA_RETENTION",
        "ZONDA_ALLOWED_HOSTS",
        "ZONDA_CORS_ORIGINS",
        "ZONDA_HOST",
        "ZONDA_AUTH",
    )

    assert _read(**dict.fromkeys(names + others, blank)) == _read()
    assert Environment.read({"ZONDA_HOME": blank}) == Environment.read({})


def test_every_variable_is_read():
    found = _read(
        DATABASE_URL="sqlite:////srv/record.sqlite3",
        ZONDA_APPS=" json , email,json,backend.demo,",
        ZONDA_TRANSPORT="zeromq+tcp://127.0.0.1:5000",
        ZONDA_REDIS_URL="redis://:secret@redis.example:6380/2",
        ZONDA_RETENTION="12h",
        ZONDA_MAX_PAYLOAD="512KiB",
        ZONDA_MAX_BODY="1 MiB",
        ZONDA_ALLOWED_HOSTS="zonda.example, localhost",
        ZONDA_CORS_ORIGINS="https://a.example,http://localhost:5173",
        ZONDA_HOST="::1",
        ZONDA_PORT="65535",
        ZONDA_AUTH="local",
    )

    assert found.home.path == Path("/data")
    assert found.database == Path("/srv/record.sqlite3")
    assert found.apps == ("json", "email"), "each once; the demo is there anyway"
    assert found.transport == "zeromq+tcp://127.0.0.1:5000"
    assert (found.redis_url, found.retention) == ("redis://:secret@redis.example:6380/2", timedelta(hours=12))
    assert (found.max_payload, found.max_body) == (512 * 1024, 1024 * 1024)
    assert found.allowed_hosts == ("zonda.example", "localhost")
    assert found.cors_origins == ("https://a.example", "http://localhost:5173")
    assert (found.host, found.port) == ("::1", 65535)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("DATABASE_URL", "postgres://user:secret@host/db"),
        ("DATABASE_URL", "sqlite:///"),
        ("DATABASE_URL", "/srv/record.sqlite3"),
        ("ZONDA_APPS", "no_such_app"),
        ("ZONDA_APPS", "no_such_package.app"),
        ("ZONDA_APPS", "json.no_such_app"),
        ("ZONDA_APPS", ".relative"),
        ("ZONDA_APPS", "with-dash/"),
        ("ZONDA_REDIS_URL", "localhost:6379"),
        ("ZONDA_REDIS_URL", "http://localhost:6379"),
        ("ZONDA_REDIS_URL", "redis://"),
        ("ZONDA_REDIS_URL", "redis:///0"),
        ("ZONDA_REDIS_URL", "redis://:6379/0"),
        ("ZONDA_REDIS_URL", "redis://host:port/0"),
        ("ZONDA_REDIS_URL", "redis://host:0/0"),
        ("ZONDA_REDIS_URL", "redis://host:65536/0"),
        ("ZONDA_REDIS_URL", "redis://host/first"),
        ("ZONDA_REDIS_URL", "redis://host/0/1"),
        ("ZONDA_REDIS_URL", "redis://host/0?ssl_cert_reqs=none"),
        ("ZONDA_REDIS_URL", "rediss://host/0?db=1"),
        ("ZONDA_REDIS_URL", "redis://host/0#1"),
        ("ZONDA_RETENTION", "0d"),
        ("ZONDA_RETENTION", "-1d"),
        ("ZONDA_RETENTION", "7"),
        ("ZONDA_RETENTION", "week"),
        ("ZONDA_RETENTION", "36501d"),
        ("ZONDA_RETENTION", "٧d"),
        ("ZONDA_RETENTION", "9" * 5000 + "d"),
        ("ZONDA_MAX_PAYLOAD", "0"),
        ("ZONDA_MAX_PAYLOAD", "-1"),
        ("ZONDA_MAX_PAYLOAD", "1MB"),
        ("ZONDA_MAX_PAYLOAD", "3145729"),
        ("ZONDA_MAX_PAYLOAD", "much"),
        ("ZONDA_MAX_PAYLOAD", "9" * 5000),
        ("ZONDA_MAX_BODY", "2GiB"),
        ("ZONDA_MAX_BODY", "1025MiB"),
        ("ZONDA_CORS_ORIGINS", "*"),
        ("ZONDA_CORS_ORIGINS", "https://a.example/path"),
        ("ZONDA_CORS_ORIGINS", "a.example"),
        ("ZONDA_HOST", "0.0.0.0"),
        ("ZONDA_AUTH", "required"),
        ("ZONDA_PORT", "0"),
        ("ZONDA_PORT", "65536"),
        ("ZONDA_PORT", "-1"),
        ("ZONDA_PORT", "80.0"),
        ("ZONDA_PORT", "٨٠"),
        ("ZONDA_PORT", "9" * 5000),
    ],
    ids=lambda value: value[:24],
)
def test_a_wrong_value_is_named_by_its_variable(variable, value):
    (line,) = _wrong(**{variable: value})

    assert line.startswith(variable)


@pytest.mark.parametrize(
    "url",
    [
        "redis://host",
        "redis://127.0.0.1:6379/0",
        "redis://[::1]:6379/15",
        "redis://user:p%40ss@host/",
        "rediss://host:6380/0?ssl_ca_certs=/etc/ca.pem&ssl_check_hostname=false",
    ],
)
def test_redis_may_be_wherever_its_url_says(url):
    assert _read(ZONDA_REDIS_URL=url).redis_url == url


@pytest.mark.parametrize("url", ["redis://:secret@host/db", "redis://:secret", "redis:secret", "secret@host"])
def test_a_password_of_redis_is_not_repeated(url):
    assert "secret" not in _wrong(ZONDA_REDIS_URL=url)[0]


def test_a_password_is_not_repeated():
    assert "secret" not in _wrong(DATABASE_URL="postgres://user:secret@host/db")[0]


def test_all_that_is_wrong_is_said_at_once():
    lines = _wrong(ZONDA_PORT="x", ZONDA_MAX_BODY="y", ZONDA_APPS="no_such_app,nor_such")

    assert sorted(line.split("=")[0].split(":")[0] for line in lines) == [
        "ZONDA_APPS",
        "ZONDA_APPS",
        "ZONDA_MAX_BODY",
        "ZONDA_PORT",
    ]


def test_a_payload_that_fits_no_body_is_refused():
    assert _wrong(ZONDA_MAX_PAYLOAD="1MiB", ZONDA_MAX_BODY="512KiB") == [
        "ZONDA_MAX_PAYLOAD (1048576 bytes) is larger than ZONDA_MAX_BODY (524288 bytes)"
    ]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("12h", timedelta(hours=12)),
        ("30d", timedelta(days=30)),
        ("90 s", timedelta(seconds=90)),
        ("5m", timedelta(minutes=5)),
        ("off", None),
    ],
)
def test_ended_tasks_stay_as_long_as_is_asked_for(text, kept):
    assert _read(ZONDA_RETENTION=text).retention == kept
    assert _read().retention == timedelta(days=7)


@pytest.mark.parametrize("text", ["0d", "-1d", "7", "week", "36501d", "9" * 5000 + "d", "1.5h", "OFF"])
def test_a_time_to_stay_that_is_none_is_named(text):
    (line,) = _wrong(ZONDA_RETENTION=text)

    assert line.startswith(f"ZONDA_RETENTION={text}: expected a time such as 7d")
