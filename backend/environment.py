"""What the environment says, read once per process, checked together, then passed on."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from wire.home import Home

_SIZE = re.compile(r"([0-9]{1,12})\s*(B|KiB|MiB)?")
_UNITS = {None: 1, "B": 1, "KiB": 1024, "MiB": 1024 * 1024}
_LARGEST_PAYLOAD = 3 * 1024 * 1024
_LARGEST_BODY = 1024 * 1024 * 1024
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Environment:
    """Every setting of the backend. Sizes are in bytes."""

    home: Home
    database: Path
    apps: tuple[str, ...]
    transport: str
    max_payload: int
    max_body: int
    allowed_hosts: tuple[str, ...]
    cors_origins: tuple[str, ...]
    host: str
    port: int

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> "Environment":
        """The settings; ImproperlyConfigured with one line for each wrong value, naming its variable."""
        wrong: list[str] = []
        home = Home.from_environment(environ)
        found = cls(
            home=home,
            database=_database(environ.get("DATABASE_URL", ""), home, wrong),
            apps=_apps(environ.get("ZONDA_APPS", ""), wrong),
            transport=environ.get("ZONDA_TRANSPORT") or "zeromq+ipc:",
            max_payload=_size(environ, "ZONDA_MAX_PAYLOAD", "1MiB", _LARGEST_PAYLOAD, wrong),
            max_body=_size(environ, "ZONDA_MAX_BODY", "16MiB", _LARGEST_BODY, wrong),
            allowed_hosts=_listed(environ.get("ZONDA_ALLOWED_HOSTS", "")) or ("127.0.0.1", "localhost", "[::1]"),
            cors_origins=_origins(environ.get("ZONDA_CORS_ORIGINS", ""), wrong),
            host=_host(environ.get("ZONDA_HOST") or "127.0.0.1", wrong),
            port=_port(environ.get("ZONDA_PORT") or "8000", wrong),
        )
        if (auth := environ.get("ZONDA_AUTH") or "local") != "local":
            wrong.append(f"ZONDA_AUTH={auth}: this version knows only local")
        if found.max_payload > found.max_body:
            wrong.append(
                f"ZONDA_MAX_PAYLOAD ({found.max_payload} bytes) is larger than ZONDA_MAX_BODY ({found.max_body} bytes)"
            )
        if wrong:
            raise ImproperlyConfigured("\n".join(wrong))
        return found


def _database(url: str, home: Home, wrong: list[str]) -> Path:
    if not url:
        return home.database
    if not url.startswith("sqlite:///") or len(url) == len("sqlite:///"):
        wrong.append(
            f"DATABASE_URL={url.split(':', 1)[0]}:…: this version keeps its record in SQLite; expected sqlite:///PATH"
        )
        return home.database
    return Path(url.removeprefix("sqlite:///")).absolute()


def _apps(text: str, wrong: list[str]) -> tuple[str, ...]:
    apps = _listed(text)
    for app in apps:
        try:
            there = find_spec(app) is not None
        except (ImportError, ValueError):
            there = False
        if not there:
            wrong.append(f"ZONDA_APPS: {app!r} is not importable from the repository or PYTHONPATH")
    return tuple(app for app in apps if app != "backend.demo")


def _size(environ: Mapping[str, str], variable: str, default: str, ceiling: int, wrong: list[str]) -> int:
    text = environ.get(variable) or default
    match = _SIZE.fullmatch(text.strip())
    size = int(match[1]) * _UNITS[match[2]] if match else 0
    if not 1 <= size <= ceiling:
        wrong.append(f"{variable}={text}: expected a size such as 512KiB or 1MiB, at most {ceiling} bytes")
        return ceiling
    return size


def _origins(text: str, wrong: list[str]) -> tuple[str, ...]:
    origins = _listed(text)
    for origin in origins:
        if not re.fullmatch(r"https?://[^/\s*]+", origin):
            wrong.append(f"ZONDA_CORS_ORIGINS: {origin!r} is not an origin; expected SCHEME://HOST[:PORT]")
    return origins


def _host(host: str, wrong: list[str]) -> str:
    if host not in _LOOPBACK:
        wrong.append(f"ZONDA_HOST={host}: with ZONDA_AUTH=local only a loopback host is served: {', '.join(_LOOPBACK)}")
    return host


def _port(text: str, wrong: list[str]) -> int:
    if not re.fullmatch("[0-9]{1,5}", text) or not 1 <= int(text) <= 65535:
        wrong.append(f"ZONDA_PORT={text}: expected a port between 1 and 65535")
        return 8000
    return int(text)


def _listed(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


environment = Environment.read(os.environ)
