"""How long the backend takes to answer what a page asks, and how soon a browser shows it, with a million tasks.

    ./RUN.sh bench page [folder]     # a folder of the temporary ones

The record is made at the first run and kept in the folder for the next ones. Each query goes over HTTP to a backend of
its own, where nothing else runs. Exit code 1 when the slowest twentieth of the answers to one is over its budget. The
last column is the backend's processor time for an answer: it says the same on a machine that others use too. At the end
a browser opens lists, each time as one that was never here before, unless the name says otherwise.
"""

import http.client
import json
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import cycle, islice, product
from pathlib import Path
from typing import Any, Final

from backend.door.tests import CHROMIUM, provide
from bench.browser import Unmeasured, first_rows
from bench.places import Places
from tests.support.parts import Parts
from tests.support.stack import ROOT
from tests.support.waiting import wait_until

MANY: Final = 1_000_000
RUNS: Final = 40
LONGEST: Final = 8.0
"""Seconds after which one query is not asked again, however few its answers are."""

PAGE: Final = 60.0
COUNTS: Final = 5.0
SEARCH: Final = 100.0
SCREEN: Final = 100.0
"""Milliseconds that an answer may take: a page, the counts of all, a page that is searched for, a whole screen."""

MADE_WITHIN: Final = 120.0
"""Seconds that making the record may take."""

VISITS: Final = 15
FIRST_ROWS: Final = 1_000.0
"""Milliseconds from the start of a navigation until the first rows are painted."""

type Variables = Mapping[str, object]

DOCUMENT: Final = (ROOT / "frontend/src/features/tasks/tasks.graphql").read_text()
TASKS: Final = """query Page($first: Int, $after: String, $last: Int, $before: String, $filter: TaskFilter,
    $orderBy: TaskOrder) { tasks(first: $first, after: $after, last: $last, before: $before, filter: $filter,
    orderBy: $orderBy) { nodes { id name queue status attempt createdAt startedAt finishedAt }
    pageInfo { hasNextPage hasPreviousPage endCursor } counts { queueing running failed finished } } }"""
ORDERS: Final = tuple(
    {"field": field, "descending": descending}
    for field, descending in product(("CREATED", "STARTED", "FINISHED", "PRIORITY"), (True, False))
)


@dataclass(frozen=True, slots=True)
class Case:
    """Something that is asked. Where there are several variables, they are asked for in turn."""

    name: str
    budget: float
    query: str
    variables: Sequence[Variables] = ({},)
    operation: str | None = None


def main() -> None:
    """Print for each query its median, its slowest twentieth and its worst, in milliseconds, beside its budget."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else Path(tempfile.gettempdir()) / "zonda-bench-million")
    home = folder.resolve() / "home"
    provide([CHROMIUM])
    over = ["making the record"] * _provide(home)
    with Parts(home) as zonda:
        try:
            pid = zonda.begin("backend").wait_until_ready().pid
            wait_until(zonda.ready, 30, "the backend answers")
            with closing(http.client.HTTPConnection("127.0.0.1", zonda.port, timeout=30)) as http_:
                print(f"{'milliseconds':44}{'p50':>9}{'p95':>9}{'max':>9}{'budget':>9}{'cpu':>9}")
                for case in cases(Places(home / "zonda.sqlite3")):
                    before = processor(pid)
                    spans = list(asked(http_, case))
                    cpu = f"{(processor(pid) - before) / len(spans):.1f}"
                    over += [case.name] * _late(case.name, spans, case.budget, cpu)
            for name, visits in first_rows(zonda.url, VISITS).items():
                over += [name] * _late(name, visits, FIRST_ROWS)
        except Unmeasured as error:
            sys.exit(f"how soon a browser shows the first rows was not measured: {error}")
        finally:
            zonda.end_all()
    if over:
        sys.exit(f"{len(over)} over their budget: {', '.join(over)}")


def _late(name: str, spans: Sequence[float], budget: float, cpu: str = "") -> bool:
    """Print the line of what is asked for, and say whether it is over its budget."""
    ordered = sorted(spans)
    p50, p95, most = ordered[len(ordered) // 2], ordered[int(0.95 * (len(ordered) - 1))], ordered[-1]
    late = p95 > budget
    print(f"{name:44}{p50:9.1f}{p95:9.1f}{most:9.1f}{budget:9.0f}{cpu:>9}{'  OVER' * late}")
    return late


def cases(places: Places) -> Iterator[Case]:
    """All that is asked."""
    yield Case("counts of all", COUNTS, "{ tasks(first: 0) { counts { queueing running failed finished } } }")
    yield Case(
        "failure groups", PAGE, "{ failureGroups { key title frame count firstSeenAt lastSeenAt names sample { id } } }"
    )
    yield from _screens(places)
    for name, chosen in places.filters():
        yield Case(f"{name}: newest", PAGE, TASKS, [{"first": 50, "filter": chosen}])
        others = [{"orderBy": order, "filter": chosen, **page} for order in ORDERS for page in places.pages(order)]
        yield Case(f"{name}: any order and depth", PAGE, TASKS, others)
    for name, chosen in places.searches():
        yield Case(f"search {name}", SEARCH, TASKS, [{"first": 50, "filter": chosen}])


def _screens(places: Places) -> Iterator[Case]:
    """The document of the list of tasks, as the page asks it: at its top, held there, and far down."""
    top, second = places.newest(2)
    deep = places.deep({"field": "CREATED"})
    pages: dict[str, dict[str, object]] = {
        "newest": {"first": 50, "holding": False},
        "held": {"first": 49, "after": top, "topCursor": top, "secondCursor": second, "holding": True},
        "deep": {"first": 50, "after": deep, "holding": False},
    }
    for name, page in pages.items():
        for of, chosen in {"all": None, "FAILED": {"status": ["FAILED"]}, "queue mail": {"queue": ["mail"]}}.items():
            yield Case(f"screen, {name}, {of}", SCREEN, DOCUMENT, [{**page, "filter": chosen}], "TasksScreen")
    yield Case("screen, choices of the filter", SCREEN, DOCUMENT, operation="FilterChoices")


def asked(backend: http.client.HTTPConnection, case: Case) -> Iterator[float]:
    """Milliseconds until each answer; the first one is not counted, for the query is parsed then."""
    _answered(backend, case, case.variables[0])
    began = time.monotonic()
    runs = max(RUNS, 2 * len(case.variables))
    for number, variables in enumerate(islice(cycle(case.variables), runs)):
        if number > 2 and time.monotonic() - began > LONGEST:
            return
        yield _answered(backend, case, variables)


def processor(pid: int) -> float:
    """Milliseconds that the threads of this process have had of a processor."""
    told = (task.read_text() for task in Path(f"/proc/{pid}/task").glob("*/schedstat"))
    return sum(int(spent.split()[0]) for spent in told) / 1e6


def _answered(backend: http.client.HTTPConnection, case: Case, variables: Variables) -> float:
    body = json.dumps({"query": case.query, "variables": variables, "operationName": case.operation})
    began = time.perf_counter()
    backend.request("POST", "/graphql", body, {"Content-Type": "application/json"})
    answer = backend.getresponse().read()
    span = 1000 * (time.perf_counter() - began)
    errors: list[Any] = json.loads(answer).get("errors", [])
    if errors and "given up" not in errors[0]["message"]:
        sys.exit(f"{case.name}: {errors[0]['message']}")
    return span


def _provide(home: Path) -> bool:
    """The record, made unless it is there; whether that took too long. One that was not finished is made again."""
    took = 0.0
    if not home.exists():
        making = home.with_name("making")
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(parents=True)
        began = time.monotonic()
        subprocess.run([sys.executable, "-m", "bench.fixtures.million", str(making), str(MANY)], cwd=ROOT, check=True)
        took = time.monotonic() - began
        making.rename(home)
    with closing(sqlite3.connect(home / "zonda.sqlite3")) as record:
        (many,) = record.execute("SELECT count(*) FROM zonda_task").fetchone()
    late = took > MADE_WITHIN
    made = f", made in {took:.0f} s of {MADE_WITHIN:.0f} s{'  OVER' * late}" if took else ""
    print(f"{many} tasks in {home}, {(home / 'zonda.sqlite3').stat().st_size / 1e6:.0f} MB{made}")
    return late


if __name__ == "__main__":
    main()
