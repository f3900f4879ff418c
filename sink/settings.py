"""What the sink's environment says, read once and checked together.

BadSettings    one line for each wrong value, naming its variable
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from msgspec import Struct

from wire import environment
from wire.home import Home


class BadSettings(ValueError):
    """A variable of the environment has a value that can't be used."""


class Settings(Struct, frozen=True):
    """All that the sink can be told."""

    home: Home
    transport: str
    graphql_url: str

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> "Settings":
        """The settings; BadSettings with a line for each wrong value."""
        found = cls(
            home=Home.from_environment(environ),
            transport=environment.transport(environ),
            graphql_url=environment.given(environ, "ZONDA_GRAPHQL_URL") or "http://127.0.0.1:8000/graphql",
        )
        if not _is_http(found.graphql_url):
            raise BadSettings(f"ZONDA_GRAPHQL_URL={found.graphql_url}: expected http://HOST:PORT/graphql")
        return found


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
