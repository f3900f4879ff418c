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
    ACCESS.check(method, "/graphql", _headers(host, JSON))


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "127.0.0.2", "", "a b"]
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS", "DELETE"])
def test_a_foreign_name_is_refused_whatever_is_asked(host: str, method: str):
    with pytest.raises(Forbidden, match="ZONDA_ALLOWED_HOSTS"):
        ACCESS.check(method, "/graphql", _headers(host, JSON))


@pytest.mark.parametrize("hosts", [[], [(b"host", b"localhost"), (b"host", b"evil.example")]])
def test_a_request_with_no_host_or_two_is_refused(hosts: list[tuple[bytes, bytes]]):
    with pytest.raises(Forbidden):
        ACCESS.check("GET", "/graphql", hosts)


@pytest.mark.parametrize("origin", ["http://localhost:8000", "https://localhost:8000", "https://board.example"])
def test_our_own_origin_and_a_listed_one_may_change_things(origin: str):
    ACCESS.check("POST", "/graphql", _headers("localhost:8000", JSON, (b"origin", origin.encode())))


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
        ACCESS.check(method, "/graphql", _headers("localhost:8000", JSON, (b"origin", origin.encode())))


def test_a_foreign_origin_may_read_what_the_browser_then_keeps_from_it():
    ACCESS.check("GET", "/graphql", _headers("localhost:8000", (b"origin", b"http://evil.example")))


@pytest.mark.parametrize("kind", [b"application/x-www-form-urlencoded", b"multipart/form-data", b"text/plain", b""])
def test_a_post_of_anything_but_json_is_refused(kind: bytes):
    with pytest.raises(Forbidden, match="application/json"):
        ACCESS.check("POST", "/graphql", _headers("localhost:8000", (b"content-type", kind)))


FORM = (b"content-type", b"application/x-www-form-urlencoded")
OWN = (b"origin", b"http://localhost:8000")


@pytest.mark.parametrize("origin", [b"http://localhost:8000", b"https://localhost:8000"])
@pytest.mark.parametrize("kind", [FORM[1], b"application/x-www-form-urlencoded; charset=utf-8"])
def test_a_form_of_our_own_is_taken_by_the_admin(origin: bytes, kind: bytes):
    ACCESS.check("POST", "/admin/zonda/task/", _headers("localhost:8000", (b"origin", origin), (b"content-type", kind)))


@pytest.mark.parametrize(
    "origins",
    [
        [],
        [b"null"],
        [b""],
        [b"http://evil.example"],
        [b"http://localhost:8001"],
        [b"http://localhost:8000.evil.example"],
        [b"http://evil.example", b"http://localhost:8000"],
        [b"https://board.example"],
    ],
    ids=str,
)
def test_a_form_from_anywhere_else_is_refused_and_one_that_does_not_say(origins: list[bytes]):
    with pytest.raises(Forbidden, match="our own pages"):
        ACCESS.check(
            "POST", "/admin/zonda/task/", _headers("localhost:8000", FORM, *((b"origin", one) for one in origins))
        )


@pytest.mark.parametrize("kind", [b"multipart/form-data; boundary=x", b"text/plain", b"application/json", b""])
def test_the_admin_takes_nothing_but_forms(kind: bytes):
    with pytest.raises(Forbidden, match="application/x-www-form-urlencoded"):
        ACCESS.check("POST", "/admin/zonda/task/", _headers("localhost:8000", OWN, (b"content-type", kind)))


@pytest.mark.parametrize("path", ["/graphql", "/", "/admin", "/administer/", "/graphql/admin/", "/static/admin/"])
def test_a_form_is_taken_nowhere_else(path: str):
    with pytest.raises(Forbidden, match="application/json"):
        ACCESS.check("POST", path, _headers("localhost:8000", FORM, OWN))


def test_the_admin_answers_to_no_foreign_name():
    with pytest.raises(Forbidden, match="ZONDA_ALLOWED_HOSTS"):
        ACCESS.check("POST", "/admin/", _headers("evil.example", FORM, (b"origin", b"http://evil.example")))


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
