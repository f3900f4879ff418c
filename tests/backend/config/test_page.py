import asyncio
import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.asgi import get_asgi_application

from backend.config import page
from tests.support.asgi import Response, ask

BIG = "run();" * 1000


@pytest.fixture
def dist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder in the place of the built page."""
    monkeypatch.setattr(page, "DIST", tmp_path)
    page._built.cache_clear()
    yield tmp_path
    page._built.cache_clear()


def _build(dist: Path) -> None:
    (dist / "assets").mkdir()
    (dist / "index.html").write_text("<title>Zonda</title>")
    (dist / "graphiql.html").write_text("<title>GraphiQL</title>")
    (dist / "assets" / "app-3fa9.js").write_text("run()")
    (dist / "assets" / "big-81c0.js").write_text(BIG)
    (dist / "assets" / "big-81c0.js.gz").write_bytes(gzip.compress(BIG.encode()))
    (dist / ".stamp").write_text("how it was made")
    (dist.parent / "outside.txt").write_text("secret")


def _get(path: str, method: str = "GET", **headers: Any) -> Response:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    response = asyncio.run(ask(get_asgi_application(), method, path, headers=sent))
    assert response is not None
    return response


@pytest.mark.parametrize("path", ["/", "/tasks", "/tasks/d5750c0e-ed82", "/failures", "/workers", "/queues", "/types"])
def test_each_address_of_the_page_is_the_page(dist: Path, path: str):
    _build(dist)

    response = _get(path)

    assert (response.status, response.body) == (200, b"<title>Zonda</title>")
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", ["/graphiql", "/graphiql/"])
def test_graphiql_is_a_page_of_its_own(dist: Path, path: str):
    _build(dist)

    assert _get(path).body == b"<title>GraphiQL</title>"


def test_a_file_named_by_its_content_is_kept_for_ever(dist: Path):
    _build(dist)

    response = _get("/assets/app-3fa9.js")

    assert response.body == b"run()"
    assert response.headers["content-type"] == "text/javascript; charset=utf-8"
    assert "immutable" in response.headers["cache-control"]


def test_what_the_browser_has_is_not_sent_again(dist: Path):
    _build(dist)
    etag = _get("/").headers["etag"]

    response = _get("/", if_none_match=etag)

    assert (response.status, response.body) == (304, b"")


@pytest.mark.parametrize("accepted", ["gzip", "gzip, deflate, br, zstd", "br;q=1, GZIP;q=0.2", "*", "gzip; q=1, *;q=0"])
def test_who_takes_gzip_gets_what_the_build_has_compressed(dist: Path, accepted: str):
    _build(dist)

    response = _get("/assets/big-81c0.js", accept_encoding=accepted)

    assert response.headers["content-encoding"] == "gzip"
    assert gzip.decompress(response.body) == BIG.encode()
    assert response.headers["content-length"] == str(len(response.body))
    assert response.headers["content-type"] == "text/javascript; charset=utf-8"
    assert "Accept-Encoding" in response.headers["vary"]


@pytest.mark.parametrize("accepted", [None, "", "br", "gzip;q=0", "gzip; q=0.000, *", "*;q=0", "x-gzipped"])
def test_who_does_not_take_gzip_gets_the_file_as_it_is(dist: Path, accepted: str | None):
    _build(dist)

    response = _get("/assets/big-81c0.js", **({} if accepted is None else {"accept_encoding": accepted}))

    assert "content-encoding" not in response.headers
    assert response.body == BIG.encode()
    assert "Accept-Encoding" in response.headers["vary"]


def test_the_forms_of_a_file_are_not_taken_for_each_other(dist: Path):
    _build(dist)
    plain = _get("/assets/big-81c0.js").headers["etag"]
    gzipped = _get("/assets/big-81c0.js", accept_encoding="gzip").headers["etag"]

    same = _get("/assets/big-81c0.js", accept_encoding="gzip", if_none_match=gzipped)
    other = _get("/assets/big-81c0.js", accept_encoding="gzip", if_none_match=plain)

    assert plain != gzipped
    assert (same.status, same.body) == (304, b"")
    assert "Accept-Encoding" in same.headers["vary"]
    assert (other.status, other.headers["etag"]) == (200, gzipped)


def test_what_is_not_compressed_is_the_same_for_all(dist: Path):
    _build(dist)

    response = _get("/assets/app-3fa9.js", accept_encoding="gzip")

    assert response.body == b"run()"
    assert "content-encoding" not in response.headers
    assert "Accept-Encoding" not in response.headers.get("vary", "")


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/.stamp",
        "/assets/../outside.txt",
        "/../outside.txt",
        "/assets",
        "/tasks/a/b",
        "/assets/big-81c0.js.gz",
    ],
)
def test_what_was_not_built_is_not_found(dist: Path, path: str):
    _build(dist)

    assert _get(path).status == 404


@pytest.mark.parametrize("path", ["/nothing", "/tasks/a/b"])
def test_who_follows_a_link_to_nothing_in_a_browser_gets_the_page_which_says_so(dist: Path, path: str):
    _build(dist)

    reader = _get(path, accept="text/html,application/xhtml+xml,*/*;q=0.8")
    program = _get(path, accept="*/*")

    assert (reader.status, reader.body) == (404, b"<title>Zonda</title>")
    assert (program.status, program.headers["content-type"]) == (404, "text/plain; charset=utf-8")
    assert b"/graphql" in program.body


def test_the_page_is_read_only(dist: Path):
    _build(dist)

    assert _get("/", "POST").status == 405
    assert _get("/", "HEAD").status == 200


def test_without_a_build_the_page_says_what_to_do_until_there_is_one(dist: Path):
    missing = _get("/")
    _build(dist)
    built = _get("/")

    assert missing.status == 503
    assert b"./RUN.sh" in missing.body
    assert built.status == 200
