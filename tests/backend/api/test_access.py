import pytest

from backend.api.access import Access, Forbidden, security_headers

ACCESS = Access(("127.0.0.1", "localhost", "[::1]", ".zonda.test"), ("https://board.example",), "s3cret")
JSON = (b"content-type", b"application/json")


def _headers(host: str = "localhost:8000", *more: tuple[bytes, bytes]) -> list[tuple[bytes, bytes]]:
    return [(b"host", host.encode()), *more]


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8000", "LOCALHOST:1", "127.0.0.1:8000", "[::1]:8000", "a.zonda.test"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_allowed_name_is_served_on_any_port(host: str, method: str):
    ACCESS.check(method, _headers(host, JSON))


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "127.0.0.2", "", "a b"]
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS", "DELETE"])
def test_a_foreign_name_is_refused_whatever_is_asked(host: str, method: str):
    with pytest.raises(Forbidden, match="ZONDA_ALLOWED_HOSTS"):
        ACCESS.check(method, _headers(host, JSON))


@pytest.mark.parametrize("hosts", [[], [(b"host", b"localhost"), (b"host", b"evil.example")]])
def test_a_request_with_no_host_or_two_is_refused(hosts: list[tuple[bytes, bytes]]):
    with pytest.raises(Forbidden):
        ACCESS.check("GET", hosts)


@pytest.mark.parametrize("origin", ["http://localhost:8000", "https://localhost:8000", "https://board.example"])
def test_our_own_origin_and_a_listed_one_may_change_things(origin: str):
    ACCESS.check("POST", _headers("localhost:8000", JSON, (b"origin", origin.encode())))


@pytest.mark.parametrize(
    "origin",
    [
        "http://localhost:8001",
        "http://localhost",
        "http://evil.example",
        "null",
        "",
        "https://board.example.evil.example",
        "https://sub.board.example",
        "http://board.example",
        "file://localhost:8000",
        "http://localhost:8000/path",
        "http://[",
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_a_foreign_origin_may_not(origin: str, method: str):
    with pytest.raises(Forbidden, match="ZONDA_CORS_ORIGINS"):
        ACCESS.check(method, _headers("localhost:8000", JSON, (b"origin", origin.encode())))


def test_a_foreign_origin_may_read_what_the_browser_then_keeps_from_it():
    ACCESS.check("GET", _headers("localhost:8000", (b"origin", b"http://evil.example")))


@pytest.mark.parametrize("kind", [b"application/x-www-form-urlencoded", b"multipart/form-data", b"text/plain", b""])
def test_a_post_of_anything_but_json_is_refused(kind: bytes):
    with pytest.raises(Forbidden, match="application/json"):
        ACCESS.check("POST", _headers("localhost:8000", (b"content-type", kind)))


@pytest.mark.parametrize(
    ("sent", "service"),
    [
        (b"Bearer s3cret", True),
        (b"bearer s3cret", True),
        (b"Bearer s3cre", False),
        (b"Basic s3cret", False),
        (b"", False),
    ],
)
def test_only_the_whole_token_makes_a_service(sent: bytes, service: bool):
    assert ACCESS.is_service(_headers("localhost", (b"authorization", sent))) is service


def test_the_page_runs_no_foreign_code_and_graphiql_alone_may_style_itself():
    page = dict(security_headers("/tasks/1"))
    graphiql = dict(security_headers("/graphiql"))

    assert b"unsafe" not in page[b"content-security-policy"]
    assert b"style-src 'self' 'unsafe-inline'" in graphiql[b"content-security-policy"]
    assert page[b"x-content-type-options"] == b"nosniff"
