"""The admin's own files, Django's and ours, from our own process."""

import mimetypes
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.http.response import HttpResponseBase

from backend.admin.version import DJANGOS, OURS

_FOR_EVER: Final = "public, max-age=31536000, immutable"


@cache
def _found() -> dict[str, Path]:
    """Every file, by its path below its folder: nothing else can be asked for, whatever the path says."""
    return {
        path.relative_to(folder).as_posix(): path
        for folder in (DJANGOS, OURS)
        for path in folder.rglob("*")
        if path.is_file()
    }


@lru_cache(maxsize=256)
def _read(path: Path) -> bytes:
    return path.read_bytes()


def file(request: HttpRequest, path: str) -> HttpResponseBase:
    """One of the files."""
    found = _found().get(path)
    if found is None:
        return HttpResponseNotFound("There is no such file.\n", content_type="text/plain; charset=utf-8")
    kind = mimetypes.guess_type(found.name)[0] or "application/octet-stream"
    text = kind.startswith("text/") or kind == "application/javascript"
    response = HttpResponse(_read(found), content_type=f"{kind}; charset=utf-8" if text else kind)
    response["Cache-Control"] = _FOR_EVER
    return response
