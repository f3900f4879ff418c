"""Each sentence of GraphQL over HTTP that says MUST or SHOULD to a server, and the test that shows it.

The sentences are those of the specification's draft of August 2026 (graphql/graphql-over-http, e1e46e7), shortened, in
its order. One has no test: a server that is a short and stout ceramic vessel (418).
"""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest
from graphql import parse, specified_rules, validate

from backend.api import http
from backend.api.answer import Media
from backend.api.documents import Invalid, prepare
from backend.api.schema import schema
from backend.config.application import Application
from backend.environment import environment
from tests.support.asgi import Response, ask
from tests.support.endpoint import MAX_BODY, Endpoint, posted, with_endpoint

RESPONSE = "application/graphql-response+json"
JSON = "application/json"
PLAIN = b'{"query": "{number}"}'


def _post(query: str, headers: Mapping[str, str] | None = None, **parameters: Any) -> Response:
    return posted(json.dumps({"query": query, **parameters}).encode(), **(headers or {}))


def _get(headers: Mapping[str, str] | None = None, /, *, method: str = "GET", **parameters: str) -> Response:
    response = with_endpoint(lambda endpoint: ask(endpoint.app, method, query=parameters, headers=headers))
    assert response is not None
    return response


def _nothing_is_executed(method: str, body: bytes = b"", **parameters: str) -> None:
    async def scenario(endpoint: Endpoint) -> None:
        await ask(endpoint.app, method, query=parameters, headers={"content-type": JSON}, chunks=[body])
        assert endpoint.executor.calls == []

    with_endpoint(scenario)


def _through_the_rules(method: str, headers: Mapping[str, str], body: bytes = PLAIN) -> Response:
    """What `local`'s rules, which stand before the endpoint, say."""
    response = asyncio.run(ask(Application(environment), method, headers=headers, chunks=[body]))
    assert response is not None
    return response


# --- URL -------------------------------------------------------------------------------------------------------------


def test_the_schema_is_served_at_a_url():
    """A server MUST enable GraphQL requests to one or more GraphQL schemas. Each MUST be served via a URL."""
    assert _post("{__schema {queryType {name}}}").json == {"data": {"__schema": {"queryType": {"name": "Query"}}}}


def test_who_is_not_served_is_told_so_by_the_status():
    """When it forbids a request it SHOULD use the relevant 4xx or 5xx status code."""
    assert _through_the_rules("GET", {"host": "evil.example"}).status == 403


@pytest.mark.parametrize("query", ["{number}", "mutation {change}", "{", "{unknown}"])
def test_what_a_request_holds_does_not_decide_who_is_served(query: str):
    """This decision SHOULD NOT be based on the contents of a well-formed GraphQL-over-HTTP request."""
    body = json.dumps({"query": query}).encode()

    refused = _through_the_rules("POST", {"content-type": JSON, "origin": "https://evil.example"}, body)

    assert refused.status == 403


# --- serialization format --------------------------------------------------------------------------------------------


def test_json_is_read_and_written():
    """Servers and clients MUST support JSON."""
    assert json.loads(posted(PLAIN).body) == {"data": {"number": 1}}


@pytest.mark.parametrize("media", Media)
def test_a_type_without_an_encoding_means_utf_8(media: str):
    """If the media type in a Content-Type or Accept header does not include encoding, utf-8 MUST be assumed."""
    body = '{"query": "{echo(text: \\"ä→😀\\")}"}'.encode()

    response = posted(body, **{"content-type": JSON, "accept": media})

    assert response.json == {"data": {"echo": "ä→😀"}}
    assert "ä→😀".encode() in response.body


# --- request ---------------------------------------------------------------------------------------------------------


def test_post_is_accepted():
    """A server MUST accept POST requests, and MAY accept other HTTP methods, such as GET."""
    assert (posted(PLAIN).status, _get(query="{number}").status) == (200, 200)


def test_a_get_has_its_parameters_in_the_url():
    """The parameters MUST be provided in the query component of the request URL, form-urlencoded, {query} as text."""

    async def scenario(endpoint: Endpoint) -> Response | None:
        query = {"query": "query A($t: String!) {echo(text: $t)} query B {number}"}
        more = {"operationName": "A", "variables": '{"t": "1 + 1 & more"}'}
        # A body beside them, which HTTP gives no meaning, says nothing.
        return await ask(endpoint.app, query=query | more, chunks=[b'{"query": "{number}", "operationName": "B"}'])

    response = with_endpoint(scenario)

    assert response is not None
    assert response.json == {"data": {"echo": "1 + 1 & more"}}


@pytest.mark.parametrize("name", ["variables", "extensions"])
@pytest.mark.parametrize("text", ["{", "[1]", "x", "1"])
def test_variables_and_extensions_of_a_get_are_json(name: str, text: str):
    """Each of {variables} and {extensions}, if present and not the empty string, MUST be encoded as JSON."""
    refused = _get(None, query="{number}", **{name: text})

    assert (refused.status, refused.codes) == (422, ["BAD_INPUT"])
    assert f"`{name}`" in refused.json["errors"][0]["message"]


def test_an_empty_parameter_of_a_get_is_one_that_was_not_sent():
    """Specifying the empty string for optional request parameters is equivalent to not specifying them at all."""
    assert _get(query="{number}", operationName="", variables="", extensions="").json == {"data": {"number": 1}}


def test_the_word_null_names_an_operation_in_a_get():
    """{operationName}, if not the empty string, represents the name of the operation: "null" is one."""
    assert _get(query="query null {number} query B {number}", operationName="null").json == {"data": {"number": 1}}


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("query", ["mutation {change}", "query A {number} mutation B {change}"])
def test_a_get_executes_no_mutation(method: str, query: str):
    """GET requests MUST NOT be used for mutations: MUST respond with a 4xx and halt execution, 405 RECOMMENDED."""
    name = "B" if "B" in query else ""

    refused = _get(method=method, query=query, operationName=name)

    assert (refused.status, refused.headers["allow"]) == (405, "POST")
    _nothing_is_executed(method, query=query, operationName=name)


def test_a_get_executes_a_query_beside_a_mutation():
    """If the values of {query} and {operationName} indicate a mutation: the operation that is meant decides."""
    assert _get(query="query A {number} mutation B {change}", operationName="A").json == {"data": {"number": 1}}


@pytest.mark.parametrize("content_type", [JSON, f"{JSON}; charset=utf-8", f'{JSON};charset="UTF-8"'])
def test_json_in_utf_8_is_taken_by_post(content_type: str):
    """MUST support POST requests encoded with application/json and UTF-8; without an encoding MUST assume utf-8."""
    allowed = _through_the_rules("POST", {"content-type": content_type})

    assert allowed.status == 503, "past the rules, to a server that is starting"
    assert posted('{"query": "{echo(text: \\"ä\\")}"}'.encode(), **{"content-type": content_type}).status == 200


def test_a_post_without_a_content_type_is_refused():
    """Without a Content-Type header with a POST request, the server SHOULD reject it using the appropriate 4xx."""
    assert _through_the_rules("POST", {}).status == 403


def test_what_a_request_has_besides_is_ignored():
    """Servers receiving a request with additional properties MUST ignore properties they do not understand."""
    assert _post("{number}", id=7, persisted={"hash": "x"}, extensions={"anything": [1]}).json == {
        "data": {"number": 1}
    }


def test_null_is_not_specified():
    """Specifying null for optional request parameters is equivalent to not specifying them at all."""
    assert _post("{number}", operationName=None, variables=None, extensions=None).json == {"data": {"number": 1}}


# --- response --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("media", Media)
@pytest.mark.parametrize(
    "query",
    ["{number}", "{absent}", "{needed}", "{", "{unknown}", "query A {number} query B {number}", "mutation {change}"],
)
def test_every_answer_is_a_graphql_response(media: str, query: str):
    """It must return a well-formed GraphQL response. The body MUST follow its requirements, in the chosen type."""
    content = _post(query, {"accept": media}).json

    assert content.keys() in ({"data"}, {"errors"}, {"data", "errors"})
    assert "data" not in content or content["data"] is None or isinstance(content["data"], dict)
    assert "errors" not in content or content["errors"], "errors are never an empty list"
    for error in content.get("errors", []):
        assert error.keys() <= {"message", "locations", "path", "extensions"}
        assert isinstance(error["message"], str)
        assert all(place["line"] > 0 and place["column"] > 0 for place in error.get("locations", []))


def test_the_rules_of_http_hold():
    """A server must comply with RFC 9110: HEAD is GET without the body, Vary names what decided, 405 has Allow."""
    got, head = _get(query="{number}"), _get(method="HEAD", query="{number}")

    assert (head.status, head.body, head.headers) == (200, b"", got.headers)
    assert int(head.headers["content-length"]) == len(got.body)
    assert "accept" in got.headers["vary"]
    assert _get(method="PUT").headers["allow"] == "GET, HEAD, POST, OPTIONS"


@pytest.mark.parametrize("media", Media)
def test_an_answer_says_its_type_and_its_encoding(media: str):
    """A server MUST indicate the media type with a Content-Type header, and SHOULD indicate the encoding."""
    assert posted(PLAIN, accept=media).headers["content-type"] == f"{media}; charset=utf-8"


@pytest.mark.parametrize("accept", [RESPONSE, "*/*", "application/*", None])
def test_the_type_of_graphql_responses_is_supported(accept: str | None):
    """A server MUST support responses using the application/graphql-response+json media type."""
    response = posted(PLAIN, **({"accept": accept} if accept else {}))

    assert response.headers["content-type"].startswith(RESPONSE)


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (f"{RESPONSE}, {JSON};q=0.9", RESPONSE),
        (f"{JSON};q=0.9, {RESPONSE}", RESPONSE),
        (f"{RESPONSE};q=0.1, {JSON}", JSON),
        (f"text/html, {JSON};q=0.2, */*;q=0.1", JSON),
        (f"{RESPONSE};q=0, */*", JSON),
    ],
)
def test_the_client_chooses_the_type(accept: str, chosen: str):
    """MUST respect the given Accept header: the highest priority media type listed that is supported."""
    assert posted(PLAIN, accept=accept).headers["content-type"].startswith(chosen)


@pytest.mark.parametrize("accept", ["text/html", "image/*, text/*;q=0.5", f"{RESPONSE};q=0"])
def test_who_takes_neither_type_is_told_so(accept: str):
    """No supported media type acceptable: MUST respond 406 or disregard the header; SHOULD respond 406."""
    assert posted(PLAIN, accept=accept).status == 406
    assert "accept" in posted(PLAIN, accept=accept).headers["vary"]


@pytest.mark.parametrize(
    ("query", "status", "kind"),
    [("{number}", 200, JSON), ("{absent}", 294, JSON), ("{", 400, RESPONSE), ("{unknown}", 422, RESPONSE)],
)
def test_a_client_of_the_old_kind_gets_the_same_statuses(query: str, status: int, kind: str):
    """With application/json alone the request SHOULD be performed as if it had been application/graphql-response+json,
    except that any 2xx response should have Content-Type: application/json."""
    response = _post(query, {"accept": JSON})

    assert (response.status, response.headers["content-type"]) == (status, f"{kind}; charset=utf-8")


BREAKS: Mapping[str, str] = {
    "ExecutableDefinitionsRule": "{__typename} type T {a: Int}",
    "UniqueOperationNamesRule": "query A {__typename} query A {__typename}",
    "LoneAnonymousOperationRule": "{__typename} query A {__typename}",
    "KnownTypeNamesRule": "{... on Nothing {a}}",
    "FragmentsOnCompositeTypesRule": "{... on Int {a}}",
    "VariablesAreInputTypesRule": "query ($a: Task) {a: __typename @skip(if: $a)}",
    "ScalarLeafsRule": "{tasks}",
    "FieldsOnCorrectTypeRule": "{nothing}",
    "UniqueFragmentNamesRule": "{...F} fragment F on Query {__typename} fragment F on Query {__typename}",
    "KnownFragmentNamesRule": "{...F}",
    "NoUnusedFragmentsRule": "{__typename} fragment F on Query {__typename}",
    "PossibleFragmentSpreadsRule": "{... on Task {id}}",
    "NoFragmentCyclesRule": "{...F} fragment F on Query {...G} fragment G on Query {...F}",
    "UniqueVariableNamesRule": "query ($a: Boolean!, $a: Boolean!) {a: __typename @skip(if: $a)}",
    "NoUndefinedVariablesRule": "{a: __typename @skip(if: $a)}",
    "NoUnusedVariablesRule": "query ($a: Boolean) {__typename}",
    "KnownDirectivesRule": "{__typename @nothing}",
    "UniqueDirectivesPerLocationRule": "{__typename @skip(if: true) @skip(if: true)}",
    "KnownArgumentNamesRule": "{tasks(nothing: 1) {nodes {id}}}",
    "UniqueArgumentNamesRule": "{tasks(first: 1, first: 1) {nodes {id}}}",
    "ValuesOfCorrectTypeRule": '{tasks(first: "x") {nodes {id}}}',
    "ProvidedRequiredArgumentsRule": "{task {id}}",
    "VariablesInAllowedPositionRule": "query ($a: String) {tasks(first: $a) {nodes {id}}}",
    "OverlappingFieldsCanBeMergedRule": "{tasks(first: 1) {nodes {id}} tasks(first: 2) {nodes {id}}}",
    "MaxIntrospectionDepthRule": "{__schema {types {fields {type {fields {type {fields {type {fields {name}}}}}}}}}}",
    "UniqueInputFieldNamesRule": '{tasks(filter: {queue: "a", queue: "a"}) {nodes {id}}}',
}


def test_every_rule_of_the_specification_has_a_document_that_breaks_it():
    # There are no subscriptions here, whatever is in them.
    assert {rule.__name__ for rule in specified_rules} - {"SingleFieldSubscriptionsRule"} == BREAKS.keys()


@pytest.mark.parametrize("rule", specified_rules[:], ids=lambda rule: rule.__name__)
def test_every_rule_of_validation_is_applied(rule: Any):
    """Validation of a well-formed request SHOULD apply all the validation rules of the GraphQL specification."""
    text = BREAKS.get(rule.__name__, "subscription {a b}")

    assert rule.__name__ not in BREAKS or validate(schema.graphql_schema, parse(text), [rule])
    with pytest.raises(Invalid):
        prepare(text, schema.graphql_schema)


# --- status codes ----------------------------------------------------------------------------------------------------


def test_what_is_no_graphql_response_is_not_called_one():
    """Errors that prevent a well-formed response: SHOULD be 4xx or 5xx, and MUST NOT use graphql-response+json."""
    options = _get(method="OPTIONS")
    first = _get(query="{number}")
    unchanged = _get({"if-none-match": first.headers["etag"]}, query="{number}")

    for response in (options, unchanged):
        assert (response.body, "content-type" in response.headers) == (b"", False)


@pytest.mark.parametrize("query", ["{number}", "{number absent}", "mutation {change}", "{absent}"])
def test_data_means_success(query: str):
    """If the response contains the {data} entry and it is not {null}, then the server MUST reply with a 2xx."""
    response = _post(query)

    assert response.json["data"] is not None
    assert 200 <= response.status < 300


def test_data_beside_a_fault_of_ours_means_success_too(monkeypatch: pytest.MonkeyPatch):
    """If the response contains the {data} entry and it is not {null}: whatever the errors beside it are."""

    def fail(*_: object) -> None:
        raise RuntimeError

    async def scenario(endpoint: Endpoint) -> Response | None:
        query_type = endpoint.executor.schema.query_type
        assert query_type is not None
        monkeypatch.setattr(query_type.fields["absent"], "resolve", fail)
        return await ask(endpoint.app, query={"query": "{number absent}"})

    response = with_endpoint(scenario)

    assert response is not None
    assert (response.status, response.codes) == (294, ["INTERNAL"])
    assert response.json["data"] == {"number": 1, "absent": None}


def test_data_without_errors_is_200():
    """If the response contains {data} and does not contain {errors}, then the server SHOULD reply with 200."""
    response = _post("{number}")

    assert (response.json, response.status) == ({"data": {"number": 1}}, 200)


@pytest.mark.parametrize(("query", "data"), [("{number absent}", {"number": 1, "absent": None}), ("{needed}", None)])
def test_data_beside_errors_is_294(query: str, data: Any):
    """Both the {data} entry (even if it is {null}) and the {errors} entry: the server SHOULD reply with 294.

    An example of the same draft still speaks of 200 here; examples are not normative.
    """
    response = _post(query)

    assert (response.json["data"], response.codes, response.status) == (data, ["NOT_FOUND"], 294)


@pytest.mark.parametrize(
    "query", ["{", "{unknown}", "query A {number} query B {number}", "query ($t: String!) {echo(text: $t)}"]
)
def test_no_data_is_no_success(query: str):
    """If the response does not contain {data}, then the server MUST reply with an appropriate 4xx or 5xx."""
    response = _post(query)

    assert "data" not in response.json
    assert 400 <= response.status < 600


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "QUERY", "get"])
def test_an_unsupported_method_is_405(method: str):
    """If the request uses an unsupported HTTP method, status code 405 SHOULD be used."""
    assert _get(method=method, query="{number}").status == 405


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", f"{JSON}; charset=utf-16"])
def test_another_content_type_is_forbidden(content_type: str):
    """If the Content-Type is not supported, status code 415 SHOULD be used.

    Zonda departs from it on purpose: in `local`, where nobody logs in, the type is what keeps forms of other sites out,
    so what is refused by it is refused like every other request that another site could have sent: 403 FORBIDDEN.
    """
    refused = _through_the_rules("POST", {"content-type": content_type})

    assert (refused.status, refused.codes) == (403, ["FORBIDDEN"])


def test_an_accept_header_without_json_is_406():
    """None of the media types in Accept supported and application/json not among them: 406 SHOULD be used."""
    assert (posted(PLAIN, accept="text/html").status, posted(PLAIN, accept=f"text/html, {JSON}").status) == (406, 200)


def test_a_body_that_does_not_come_is_408(monkeypatch: pytest.MonkeyPatch):
    """No request within the time that the server was prepared to wait: 408 SHOULD be used."""
    monkeypatch.setattr(http, "BODY_WITHIN", 0.05)

    async def scenario(endpoint: Endpoint) -> Response | None:
        return await ask(endpoint.app, "POST", headers={"content-type": JSON}, chunks=[])

    refused = with_endpoint(scenario)

    assert refused is not None
    assert (refused.status, refused.codes, refused.headers["connection"]) == (408, ["BAD_INPUT"], "close")


def test_a_url_that_is_too_long_is_414():
    """If the size of the URI was too large, status code 414 SHOULD be used."""
    refused = _get(query="{number}" + " " * http.MAX_URL)

    assert (refused.status, refused.codes) == (414, ["TOO_LARGE"])
    assert "POST" in refused.json["errors"][0]["message"]


def test_headers_that_are_too_long_are_431():
    """If the size of the request headers (or any one header) was too large, status code 431 SHOULD be used."""
    refused = _get({"x-anything": "x" * http.MAX_HEADERS}, query="{number}")

    assert (refused.status, refused.codes) == (431, ["TOO_LARGE"])


def test_a_body_that_is_too_large_is_413():
    """If the size of the POST request body was too large, status code 413 SHOULD be used."""
    assert posted(b'{"query": "' + b" " * MAX_BODY + b'{number}"}').status == 413


@pytest.mark.parametrize("body", [b"", b"NONSENSE", b'{"query":', b'{"query": "{number}"', b'{"query": "\xff"}'])
def test_a_body_that_is_no_json_is_400(body: bytes):
    """If the JSON body of the request could not be parsed, status code 400 SHOULD be used."""
    assert posted(body).status == 400
    _nothing_is_executed("POST", body)


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"null",
        b"{}",
        b'[{"query": "{number}"}]',
        b'{"qeury": "{__typename}"}',
        b'{"query": 1}',
        b'{"query": null}',
        b'{"query": "{number}", "operationName": 1}',
        b'{"query": "{number}", "variables": [7]}',
        b'{"query": "{number}", "variables": "{}"}',
        b'{"query": "{number}", "extensions": 1}',
    ],
)
def test_a_body_that_is_no_request_is_422(body: bytes):
    """If the request is not a well-formed GraphQL-over-HTTP request, status code 422 SHOULD be used."""
    assert posted(body).status == 422
    _nothing_is_executed("POST", body)


@pytest.mark.parametrize("parameters", [{}, {"query": ""}, {"qeury": "{number}"}])
def test_a_url_that_is_no_request_is_422(parameters: dict[str, str]):
    """If the request is not a well-formed GraphQL-over-HTTP request, status code 422 SHOULD be used."""
    assert _get(None, **parameters).status == 422


@pytest.mark.parametrize("query", ["", "{", "{number}}", "query {", "nonsense", '{echo(text: "\\x")}'])
def test_a_document_that_cannot_be_parsed_is_400(query: str):
    """If the GraphQL document in the request cannot be parsed, status code 400 SHOULD be used."""
    assert _post(query).status == 400


@pytest.mark.parametrize("query", ["{unknown}", "{number {a}}", "{...F}", "{echo}"])
def test_a_document_that_is_not_valid_is_422_and_not_executed(query: str):
    """If it fails GraphQL validation, SHOULD return 422 without proceeding to GraphQL execution."""
    assert _post(query).status == 422
    _nothing_is_executed("POST", json.dumps({"query": query}).encode())


@pytest.mark.parametrize("name", [None, "Gone"])
def test_an_operation_that_cannot_be_told_is_422_and_not_executed(name: str | None):
    """If the operation cannot be unambiguously determined, 422 SHOULD be used; SHOULD NOT execute the request."""
    query = "query A {number} query B {number}"

    assert _post(query, operationName=name).status == 422
    _nothing_is_executed("POST", json.dumps({"query": query, "operationName": name}).encode())


@pytest.mark.parametrize("variables", [{}, {"t": None}, {"t": 1}, {"t": ["x"]}])
def test_variables_that_do_not_fit_are_422_and_nothing_is_executed(variables: dict[str, Any]):
    """If the variable values cannot be coerced, status code 422 SHOULD be used; SHOULD NOT execute the request."""
    refused = _post("query ($t: String!) {number echo(text: $t)}", variables=variables)

    assert (refused.status, refused.codes) == (422, ["BAD_INPUT"])
    assert "data" not in refused.json


def test_variables_that_the_operation_does_not_know_are_ignored():
    """CoerceVariableValues looks at the operation's variables alone."""
    assert _post("{number}", variables={"other": 1}).status == 200


def test_who_may_not_is_401_or_403():
    """If the client is not permitted to issue the request, SHOULD reply with 401, 403 or similar."""
    assert _through_the_rules("POST", {"content-type": JSON, "origin": "null"}).status == 403


@pytest.mark.django_db
def test_who_does_not_say_who_they_are_is_401(run: Any):
    """If the client is not permitted to issue the request, SHOULD reply with 401, 403 or similar."""
    refused = run("mutation {reportAttempts(reports: [])}")

    assert (refused.status, refused.code, refused.data) == (401, "UNAUTHENTICATED", None)


def test_a_server_that_is_starting_or_stopping_is_503():
    """When the server is the reason for failure, the appropriate 5xx should be used; 503 SHOULD for load-shedding."""

    async def scenario(endpoint: Endpoint) -> Response | None:
        first = await ask(endpoint.app, query={"query": "{number}"})
        assert first is not None
        await endpoint.live.close()
        headers = {"if-none-match": first.headers["etag"], "prefer": "wait=9"}
        return await ask(endpoint.app, query={"query": "{number}"}, headers=headers)

    stopping = with_endpoint(scenario)

    assert stopping is not None
    assert (stopping.status, stopping.headers["retry-after"]) == (503, "1")
    assert _through_the_rules("POST", {"content-type": JSON}).status == 503
