"""django-cors-headers for the endpoint that Django's middleware does not see: one decides for every URL."""

from io import BytesIO
from typing import Any

from corsheaders.middleware import CorsMiddleware
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from backend.api.request import header

Pairs = tuple[tuple[bytes, bytes], ...]


def _never(request: HttpRequest) -> HttpResponseBase:
    raise AssertionError("the middleware's two steps are called one by one")


_MIDDLEWARE = CorsMiddleware(_never)


def decided(scope: dict[str, Any]) -> tuple[bool, Pairs]:
    """Whether this request is a preflight, which is answered at once, and the headers that its answer gets."""
    if header(scope["headers"], b"origin") is None:
        return False, ((b"vary", b"origin"),)
    request = ASGIRequest(scope, BytesIO())
    preflight = _MIDDLEWARE.check_preflight(request) is not None
    # Content-Type is the endpoint's own affair.
    response = HttpResponse()
    del response["Content-Type"]
    _MIDDLEWARE.add_response_headers(request, response)
    return preflight, tuple((name.lower().encode(), value.encode()) for name, value in response.items())
