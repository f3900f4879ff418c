"""The page as it was built, served from memory."""

import re
from functools import cache
from hashlib import blake2b
from mimetypes import guess_type
from pathlib import Path

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers
from msgspec import Struct

DIST = Path(__file__).resolve().parents[2] / "frontend" / "dist"

# Their names hold a hash of what is in them.
_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"

_NO_WEIGHT = re.compile(r"q=0(\.0*)?", re.IGNORECASE)

_MISSING = "The page is not built yet. Run ./RUN.sh, which builds it and starts everything.\n"


class Form(Struct, frozen=True):
    """What is sent of a file, and its own name for it: a cache must not take one form of a file for another."""

    body: bytes
    etag: str


class File(Struct, frozen=True):
    """A built file, with the headers it is sent with, and its gzip form where the build made one."""

    plain: Form
    gzipped: Form | None
    content_type: str
    cache_control: str


def read(folder: Path) -> dict[str, File]:
    """Every file below the folder but hidden ones, by its path in it; empty when there is no such folder.

    What the build has compressed, NAME.gz beside NAME, is another form of NAME and no file of its own.
    """
    paths = {path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")}
    forms = {path for path in paths if path.suffix == ".gz" and path.with_suffix("") in paths}
    return {path.relative_to(folder).as_posix(): _file(path, folder) for path in sorted(paths - forms)}


def _file(path: Path, folder: Path) -> File:
    compressed = path.with_name(f"{path.name}.gz")
    kind = guess_type(path.name)[0] or "application/octet-stream"
    text = kind.startswith("text/") or kind in ("application/javascript", "application/json", "image/svg+xml")
    return File(
        plain=_form(path.read_bytes()),
        gzipped=_form(compressed.read_bytes()) if compressed.is_file() else None,
        content_type=f"{kind}; charset=utf-8" if text else kind,
        cache_control=_FOR_EVER if path.relative_to(folder).parts[0] == "assets" else _ASK_AGAIN,
    )


def _form(body: bytes) -> Form:
    return Form(body, f'"{blake2b(body, digest_size=16).hexdigest()}"')


@cache
def _built() -> dict[str, File]:
    return read(DIST)


def files() -> dict[str, File]:
    """The built files. Once there are any they are read no more: a new build is served after a restart."""
    found = _built()
    if not found:
        _built.cache_clear()
    return found


async def page(request: HttpRequest, **_: str) -> HttpResponseBase:
    """The page itself, the same for each of its addresses: it reads the address in the browser."""
    return _answer(request, "index.html")


async def graphiql(request: HttpRequest) -> HttpResponseBase:
    """GraphiQL, a page of its own."""
    return _answer(request, "graphiql.html")


async def file(request: HttpRequest, path: str) -> HttpResponseBase:
    """Any other file of the build."""
    return _answer(request, path)


def _answer(request: HttpRequest, path: str, *, status: int = 200) -> HttpResponseBase:
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    built = files()
    if not built:
        return HttpResponse(_MISSING, status=503, content_type="text/plain; charset=utf-8")
    if path not in built:
        return not_found(request)
    found = built[path]
    gzipped = found.gzipped if takes_gzip(request.headers.get("Accept-Encoding", "")) else None
    form = gzipped or found.plain
    response = HttpResponse(form.body, content_type=found.content_type, status=status)
    response["ETag"] = form.etag
    response["Cache-Control"] = found.cache_control
    if gzipped:
        response["Content-Encoding"] = "gzip"
    if found.gzipped:
        patch_vary_headers(response, ["Accept-Encoding"])
    return get_conditional_response(request, etag=form.etag, response=response) or response


def takes_gzip(accepted: str) -> bool:
    """Whether an Accept-Encoding header accepts gzip (`gzip, br;q=0.5`): by a weight of 0 it says that it does not."""
    named = (each.partition(";") for each in accepted.split(","))
    weights = {name.strip().lower(): weight.replace(" ", "") for name, _, weight in named}
    weight = weights.get("gzip", weights.get("*"))
    return weight is not None and not _NO_WEIGHT.fullmatch(weight)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:
    """What every address that is none gets: who follows a link in a browser the page, which says so; others a line."""
    follows_a_link = request.method in ("GET", "HEAD") and "text/html" in request.headers.get("Accept", "")
    if follows_a_link and "index.html" in files():
        return _answer(request, "index.html", status=404)
    text = "There is nothing here. The page is at /, GraphQL at /graphql.\n"
    return HttpResponse(text, status=404, content_type="text/plain; charset=utf-8")
