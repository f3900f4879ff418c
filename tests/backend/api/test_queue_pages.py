import pytest
from pytest_django.fixtures import DjangoAssertNumQueries

from backend.tasks.models import Queue
from tests.backend.api.conftest import Run, a_running_task, a_task, a_worker

PAGE = """query($first: Int, $after: String, $last: Int, $before: String, $search: String, $order: QueueOrder) {
    queuePage(first: $first, after: $after, last: $last, before: $before, search: $search, orderBy: $order) {
        nodes { name queueing running oldestQueuedAt }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor } total earlier } }"""


@pytest.fixture
def five(db: None) -> None:
    """Five queues; in some of them tasks wait, and in one a task runs."""
    for queue in ("mail", "mail", "b", "c", "mail.bulk"):
        a_task(queue=queue)
    a_running_task(a_worker("W1"))


@pytest.mark.parametrize("field", ["NAME", "PAUSED", "QUEUEING", "RUNNING", "OLDEST"])
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.usefixtures("five")
def test_a_cursor_leads_to_what_comes_after_and_before_it_in_each_order(run: Run, field: str, descending: bool):
    order = {"field": field, "descending": descending}
    whole = run(PAGE, order=order).data["queuePage"]

    first = run(PAGE, order=order, first=2).data["queuePage"]
    second = run(PAGE, order=order, first=2, after=first["pageInfo"]["endCursor"]).data["queuePage"]
    again = run(PAGE, order=order, last=2, before=second["pageInfo"]["startCursor"]).data["queuePage"]

    assert first["nodes"] + second["nodes"] == whole["nodes"][:4]
    assert again["nodes"] == first["nodes"]
    assert [(page["total"], page["earlier"]) for page in (whole, first, second, again)] == [
        (5, 0),
        (5, 0),
        (5, 2),
        (5, 0),
    ]
    told = [(page["pageInfo"]["hasPreviousPage"], page["pageInfo"]["hasNextPage"]) for page in (whole, first, second)]
    assert told == [(False, False), (False, True), (True, True)]


@pytest.mark.usefixtures("five")
def test_the_one_that_waits_longest_comes_first_and_those_where_nothing_waits_last(run: Run):
    nodes = run(PAGE, order={"field": "OLDEST"}).data["queuePage"]["nodes"]

    assert [queue["name"] for queue in nodes] == ["mail", "b", "c", "mail.bulk", "default"]
    assert nodes == sorted(nodes, key=lambda queue: queue["oldestQueuedAt"] or "~")


@pytest.mark.usefixtures("five")
def test_a_search_counts_what_it_fits(run: Run):
    found = run(PAGE, search=" Mail ", first=1).data["queuePage"]

    assert ([queue["name"] for queue in found["nodes"]], found["total"]) == (["mail"], 2)


def test_without_a_queue_the_page_is_empty(run: Run):
    info = {"hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None}
    assert run(PAGE).data["queuePage"] == {"nodes": [], "pageInfo": info, "total": 0, "earlier": 0}


@pytest.mark.usefixtures("five")
def test_queues_are_asked_for_by_their_names(run: Run):
    found = run('{ queues(names: ["mail", "gone", "b", "b"]) { name queueing } none: queues(names: []) { name } }').data

    assert found == {"queues": [{"name": "b", "queueing": 1}, {"name": "mail", "queueing": 2}], "none": []}


NAME_CURSOR = "bmFtZTptYWls"
"""Of the queue mail in the order by name."""


@pytest.mark.parametrize(
    ("which", "message"),
    [
        ({"first": 501}, "first: 501 is outside 0 to 500"),
        ({"last": -1}, "last: -1 is outside 0 to 500"),
        ({"first": 1, "last": 1}, "last: cannot be given together with first: a page begins at one end"),
        ({"after": "nonsense"}, "after: 'nonsense' is no cursor; take one from the pageInfo of an answer"),
        ({"before": "bWFpbA=="}, "before: 'bWFpbA==' is no cursor"),  # mail
        ({"after": "cXVldWVpbmc6bWFpbDptYW55"}, "after: 'cXVldWVpbmc6bWFpbDptYW55' is no cursor"),  # queueing:mail:many
        ({"after": "b2xkZXN0Om1haWw6MjAyNi0xMS0yNQ=="}, "is no cursor"),  # oldest:mail:2026-11-25, without a zone
        ({"after": "b2xkZXN0Om1haWw6MDAwMS0wMS0wMVQwMDowMDowMCsyMzowMA=="}, "is no cursor"),  # before all years
        ({"after": "bmFtZTptYWlsOjE="}, "is no cursor"),  # name:mail:1
        (
            {"after": NAME_CURSOR, "order": {"field": "QUEUEING"}},
            "after: is a place in the order by NAME, and what is asked for is ordered by QUEUEING; take one from an",
        ),
        ({"search": "x" * 201}, "search: has 201 characters, the limit is 200"),
        ({"search": "a\tb"}, "search: has a control character"),
    ],
)
def test_what_means_no_page_is_refused_with_what_is_wrong(run: Run, which: dict[str, object], message: str):
    refused = run(PAGE, **which)

    assert refused.code == "BAD_INPUT"
    assert message in refused.error["message"]


def test_too_many_names_are_refused(run: Run):
    found = run("query($names: [String!]) { queues(names: $names) { name } }", names=["x"] * 501)

    assert (found.code, found.error["message"]) == (
        "BAD_INPUT",
        "names: has 501 names, the limit is 500; ask for them in parts",
    )


def test_an_order_that_is_none_is_refused_with_those_there_are(run: Run):
    refused = run(PAGE, order={"field": "LUCK"})

    assert refused.code == "BAD_INPUT"
    assert "'LUCK' does not exist in 'QueueOrderField' enum" in refused.error["message"]


@pytest.mark.parametrize(("field", "number"), [("NAME", 3), ("QUEUEING", 3), ("OLDEST", 3)])
def test_of_many_queues_a_page_costs_as_many_queries_and_reads_no_other_row(
    run: Run, django_assert_num_queries: DjangoAssertNumQueries, field: str, number: int
):
    Queue.objects.bulk_create([Queue(name=f"q{place:03}") for place in range(300)])
    a_task(queue="q000")

    with django_assert_num_queries(number) as queries:
        page = run(PAGE, first=2, order={"field": field}).data["queuePage"]

    assert (len(page["nodes"]), page["total"]) == (2, 300)
    whole = [query["sql"] for query in queries if '"pause_reason"' in query["sql"]]
    assert [sql.count("'q") for sql in whole] == [2]


def test_of_a_page_and_of_queues_by_name_the_oldest_are_read_for_each_once(
    run: Run, django_assert_num_queries: DjangoAssertNumQueries
):
    for place in range(4):
        a_task(queue=f"q{place}")
    text = """{ queuePage(first: 2) { nodes { name oldestQueuedAt } }
        queues(names: ["q1", "q3"]) { name oldestQueuedAt } }"""

    with django_assert_num_queries(5):
        found = run(text).data

    told = [*found["queuePage"]["nodes"], *found["queues"]]
    assert [queue["name"] for queue in told] == ["q0", "q1", "q1", "q3"]
    assert all(queue["oldestQueuedAt"] for queue in told)
