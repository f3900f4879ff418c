"""The `local` rules: who is served at all, and what a browser may do with the answer. They hold for every URL.

Forbidden    the request is refused; the message says what would be served, or which setting allows it
"""

from collections.abc import Sequence
from hmac import compare_digest
from urllib.parse import urlsplit

from django.http.request import split_domain_port, validate_host
from msgspec import Struct

from backend.api.request import Headers, header, is_json

_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_FORMS = "/admin/"
_FORM = "application/x-www-form-urlencoded"


class Forbidden(Exception):
    """The request is refused."""


class Access(Struct, frozen=True):
    """The names this server answers to, the foreign origins that may change things, our own services' token."""

    allowed_hosts: Sequence[str]
    cors_origins: Sequence[str]
    service_token: str

    def check(self, method: str, path: str, headers: Headers) -> None:
        """Forbidden for a request that `local` does not serve."""
        host = self._host(headers)
        if method in _SAFE_METHODS:
            return
        origin = header(headers, b"origin")
        if path.startswith(_FORMS):
            self._check_form(origin, host, header(headers, b"content-type"))
            return
        if origin is not None and not self._is_ours(origin, host):
            raise Forbidden(
                f"The origin {origin[:200]!r} may not change anything here. To allow it, add it to ZONDA_CORS_ORIGINS."
            )
        if method == "POST" and not is_json(header(headers, b"content-type")):
            raise Forbidden(
                "Only Content-Type: application/json is taken here: a form of another site could send anything else."
            )

    def _check_form(self, origin: str | None, host: str, content_type: str | None) -> None:
        """The admin's forms cannot be JSON, so nothing keeps another site from sending them but where they come from.

        Every browser says so with a POST. An origin that ZONDA_CORS_ORIGINS lists may use the API, not our forms.
        """
        if origin is None or not _is_own(origin, host):
            raise Forbidden("A form under /admin/ is taken from our own pages only: the Origin header must name them.")
        if (content_type or "").partition(";")[0].strip().lower() != _FORM:
            raise Forbidden(f"Only Content-Type: {_FORM} is taken under /admin/.")

    def is_service(self, headers: Headers) -> bool:
        """Whether the request carries the service token."""
        scheme, _, token = (header(headers, b"authorization") or "").partition(" ")
        return scheme.lower() == "bearer" and compare_digest(token.strip().encode(), self.service_token.encode())

    def _host(self, headers: Headers) -> str:
        hosts = [value.decode("latin-1") for name, value in headers if name == b"host"]
        # A page whose own name resolves to loopback (DNS rebinding) sends that name: so reads are checked too.
        domain = split_domain_port(hosts[0])[0] if len(hosts) == 1 else ""
        if not domain or not validate_host(domain, list(self.allowed_hosts)):
            raise Forbidden(
                f"The host {', '.join(hosts)[:200]!r} is not served here. To allow it, add it to ZONDA_ALLOWED_HOSTS."
            )
        return hosts[0]

    def _is_ours(self, origin: str, host: str) -> bool:
        return origin in self.cors_origins or _is_own(origin, host)


def _is_own(origin: str, host: str) -> bool:
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    # A proxy may speak https for us: the name and port are ours all the same.
    return parts.scheme in ("http", "https") and parts.netloc.lower() == host.lower() and not parts.path


_PAGE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# Its editor makes its styles and its workers while it runs.
_GRAPHIQL = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)


def security_headers(path: str) -> tuple[tuple[bytes, bytes], ...]:
    """The headers that every answer under this path has."""
    policy = _GRAPHIQL if path.rstrip("/") == "/graphiql" else _PAGE
    return (*_ALWAYS, (b"content-security-policy", policy.encode()))
