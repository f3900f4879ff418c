"""What the environment says, read once per process, checked together, then passed on."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from django.core.exceptions import ImproperlyConfigured

from wire.environment import LOOPBACK, given, in_url, max_payload, size, transport
from wire.home import Home

_LARGEST_BODY = 1024 * 1024 * 1024
_LONGEST_RETENTION = timedelta(days=36_500)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_REDISS_OPTIONS = {"ssl_ca_certs", "ssl_certfile", "ssl_keyfile", "ssl_cert_reqs", "ssl_check_hostname"}


@dataclass(frozen=True, slots=True)
class Environment:
    """Every setting of the backend. Sizes are in bytes."""

    home: Home
    database: Path
    apps: tuple[str, ...]
    transport: str
    redis_url: str | None
    """Where tasks are mirrored; None for nowhere."""
    retention: timedelta | None
    """How long ended tasks stay; None for ever."""
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
            database=_database(given(environ, "DATABASE_URL"), home, wrong),
            apps=_apps(given(environ, "ZONDA_APPS"), wrong),
            transport=transport(environ),
            redis_url=_redis_url(given(environ, "ZONDA_REDIS_URL"), wrong),
            retention=_retention(given(environ, "ZONDA_RETENTION") or "7d", wrong),
            max_payload=max_payload(environ, wrong),
            max_body=size(environ, "ZONDA_MAX_BODY", "16MiB", _LARGEST_BODY, wrong),
            allowed_hosts=_listed(given(environ, "ZONDA_ALLOWED_HOSTS")) or tuple(map(in_url, LOOPBACK)),
            cors_origins=_origins(given(environ, "ZONDA_CORS_ORIGINS"), wrong),
            host=_host(given(environ, "ZONDA_HOST") or "127.0.0.1", wrong),
            port=_port(given(environ, "ZONDA_PORT") or "8000", wrong),
        )
        if (auth := given(environ, "ZONDA_AUTH") or "local") != "local":
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
        scheme, there, _ = url.partition("://")
        # What stands behind the scheme may hold a password.
        cut = f"{scheme}://…" if there else "…"
        wrong.append(f"DATABASE_URL={cut}: this version keeps its record in SQLite; expected sqlite:///PATH")
        return home.database
    return Path(url.removeprefix("sqlite:///")).absolute()


def _redis_url(url: str, wrong: list[str]) -> str | None:
    if not url:
        return None
    try:
        parts = urlsplit(url)
        options = dict(parse_qsl(parts.query, strict_parsing=True)) if parts.query else {}
        fits = (
            parts.scheme in ("redis", "rediss")
            and bool(parts.hostname)
            and (parts.port is None or parts.port > 0)
            and re.fullmatch("(/[0-9]{0,6})?", parts.path) is not None
            and not parts.fragment
            and options.keys() <= (_REDISS_OPTIONS if parts.scheme == "rediss" else set())
        )
    except ValueError:
        fits = False
    if fits:
        return url
    scheme, there, _ = url.partition("://")
    # What stands behind the scheme may hold a password.
    cut = f"{scheme}://…" if there else "…"
    wrong.append(
        f"ZONDA_REDIS_URL={cut}: expected redis://[USER:PASSWORD@]HOST[:PORT][/DB], or rediss:// for TLS, which may "
        f"have ?{'=…, '.join(sorted(_REDISS_OPTIONS))}=…"
    )
    return None


def _retention(text: str, wrong: list[str]) -> timedelta | None:
    if text == "off":
        return None
    match = re.fullmatch(r"([0-9]{1,6})\s*([smhd])", text)
    found = timedelta(seconds=int(match[1]) * _SECONDS[match[2]]) if match else timedelta()
    if not timedelta() < found <= _LONGEST_RETENTION:
        wrong.append(
            f"ZONDA_RETENTION={text}: expected a time such as 7d, 12h, 30m or 90s, at most "
            f"{_LONGEST_RETENTION.days}d, or off"
        )
        return None
    return found


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


def _origins(text: str, wrong: list[str]) -> tuple[str, ...]:
    origins = _listed(text)
    for origin in origins:
        if not re.fullmatch(r"https?://[^/\s*]+", origin):
            wrong.append(f"ZONDA_CORS_ORIGINS: {origin!r} is not an origin; expected SCHEME://HOST[:PORT]")
    return origins


def _host(host: str, wrong: list[str]) -> str:
    if host not in LOOPBACK:
        wrong.append(f"ZONDA_HOST={host}: with ZONDA_AUTH=local only a loopback host is served: {', '.join(LOOPBACK)}")
    return host


def _port(text: str, wrong: list[str]) -> int:
    if not re.fullmatch("[0-9]{1,5}", text) or not 1 <= int(text) <= 65535:
        wrong.append(f"ZONDA_PORT={text}: expected a port between 1 and 65535")
        return 8000
    return int(text)


def _listed(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


environment = Environment.read(os.environ)
