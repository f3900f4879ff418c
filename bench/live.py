"""What clients that wait cost, how soon a change reaches all of them, and what creating takes meanwhile.

    ./RUN.sh bench live [clients] [queries]     # 5,000 and 20

Every client has a connection of its own and waits with `Prefer: wait=25` for another answer to one of the queries. All
run in this process, beside the backend: compare figures of one run only. Who creates is a process of its own, for what
is asked is how long the backend takes, and this one is busy with thousands of answers at that moment.
"""

import asyncio
import json
import resource
import statistics
import sys
import tempfile
import time
from asyncio.subprocess import PIPE
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from bench.processes import spent
from tests.support.stack import Stack
from tests.support.tasks import create_many

QUERY = (
    '{ tasks(first: 20, filter: {queue: ["q%d"]}) { nodes { id name status attempt } counts { queueing running } } }'
)
"""One for each of the queues: a task in a queue changes one answer."""

REST = 20.0
"""Seconds for which nothing changes."""

SETTLING = 3.0
"""Seconds in which requests that were sent come to wait: the backend says of none that it does."""

ROUNDS = 5
CREATES = 40
"""Calls of createTask while one change is told to all."""

BUDGET = {
    "KiB of memory each": 20.0,
    "threads more": 0.0,
    "files of the record open more": 15.0,
    "% of one core while nothing changes": 5.0,
    "s until a change has reached all, 99th percentile": 1.5,
    "ms for createTask meanwhile, 99th percentile": 50.0,
}
"""For 5,000 clients on 20 queries, or fewer. A thread that reads opens its connection, three files, when it first does:
five may still have to. With one for each client it would be 15,000."""

CONNECTING = 200
"""Connections that are opened at once."""


@dataclass(slots=True)
class Client:
    """One that waits. `told` is when it had its last answer, on the monotonic clock."""

    request: bytes
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    told: float = 0.0

    async def wait(self) -> None:
        """Until the answer is another one; a wait that is over begins anew."""
        status = 304
        while status == 304:
            self.writer.write(self.request)
            status, _, _ = await read_answer(self.reader)
        self.told = time.monotonic()
        assert status == 200, f"an answer with {status}"


def main() -> None:
    """Start a stack of its own and print the figures."""
    clients = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000
    queries = int(sys.argv[2]) if len(sys.argv) > 2 else 20
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < clients + 100:
        sys.exit(f"{clients} connections need as many open files, and {hard} are allowed: ulimit -n, or fewer clients")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, clients + 100), hard))
    with tempfile.TemporaryDirectory() as folder, Stack(Path(folder) / "home", workers=0) as stack:
        # Tasks that stay as they are: nobody is there to run them.
        create_many(stack, [{"name": "add", "args": [1, 2], "queue": f"q{n % queries}"} for n in range(20 * queries)])
        seen = asyncio.run(measure(stack, clients, queries))
    over = [f"{seen[what]:.2f} {what} (budget {most:g})" for what, most in BUDGET.items() if seen[what] > most]
    if over:
        sys.exit(f"over their budget: {', '.join(over)}")


async def measure(stack: Stack, many: int, queries: int) -> Mapping[str, float]:
    """What there is a budget for."""
    backend = stack.pid("backend")
    tags = [await tag_of(stack, QUERY % number) for number in range(queries)]
    memory, threads, files = resident(backend), threads_of(backend), open_in(stack.home, backend)
    clients: list[Client] = []
    for start in range(0, many, CONNECTING):
        numbers = range(start, min(many, start + CONNECTING))
        clients += await asyncio.gather(*(connected(stack, n % queries, tags[n % queries]) for n in numbers))
    waiting = [asyncio.create_task(client.wait()) for client in clients]
    await asyncio.sleep(SETTLING)
    grown, more = resident(backend) - memory, threads_of(backend) - threads
    opened = open_in(stack.home, backend) - files
    print(
        f"{many} wait on {queries} queries: {grown / many / 1024:.1f} KiB each, {more} threads more, "
        f"{opened} files of the record open more"
    )

    before = spent(stack)[backend]
    await asyncio.sleep(REST)  # the span that is measured
    idle = 100 * (spent(stack)[backend] - before) / REST
    print(f"nothing changes: {idle:.2f} % of one core")

    creator = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.creating", str(stack.port), str(CREATES), stdin=PIPE, stdout=PIPE
    )
    spans: list[float] = []
    creates: list[float] = []
    for _ in range(ROUNDS):
        before, began = spent(stack)[backend], time.monotonic()
        await post(stack, many_tasks(queries))
        committed = time.monotonic()
        creating = asyncio.create_task(create_some(creator))
        await asyncio.gather(*waiting)
        spans += [client.told - committed for client in clients]
        creates += await creating
        last = max(client.told for client in clients)
        print(
            f"  the call took {1000 * (committed - began):.0f} ms, all had heard of it after {last - committed:.2f} s"
        )
        tags = [await tag_of(stack, QUERY % number) for number in range(queries)]
        for number, client in enumerate(clients):
            client.request = request(stack, QUERY % (number % queries), tags[number % queries])
        waiting = [asyncio.create_task(client.wait()) for client in clients]
        await asyncio.sleep(SETTLING)
    print(f"a change reaches {shown(spans, 1, 's')}")
    print(f"createTask meanwhile {shown(creates, 1000, 'ms')}")
    await creator.communicate()
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    for client in clients:
        client.writer.close()
    figures = (grown / many / 1024, more, opened, idle, late(spans), 1000 * late(creates))
    return dict(zip(BUDGET, figures, strict=True))


def many_tasks(queries: int) -> dict[str, object]:
    """A call that changes the answer of each query."""
    tasks = [{"name": "add", "args": [1, 2], "queue": f"q{number}"} for number in range(queries)]
    return {
        "query": "mutation($tasks: [TaskInput!]!) { createTasks(tasks: $tasks) { created } }",
        "variables": {"tasks": tasks},
    }


async def create_some(creating: asyncio.subprocess.Process) -> list[float]:
    """How long each call took, in seconds."""
    assert creating.stdin is not None
    assert creating.stdout is not None
    creating.stdin.write(b"\n")
    spans: list[float] = json.loads(await creating.stdout.readline())
    return spans


async def connected(stack: Stack, number: int, tag: str) -> Client:
    reader, writer = await asyncio.open_connection("127.0.0.1", stack.port)
    return Client(request(stack, QUERY % number, tag), reader, writer)


def request(stack: Stack, query: str, tag: str | None) -> bytes:
    waits = "" if tag is None else f"If-None-Match: {tag}\r\nPrefer: wait=25\r\n"
    return f"GET /graphql?query={quote(query)} HTTP/1.1\r\nHost: 127.0.0.1:{stack.port}\r\n{waits}\r\n".encode()


def posted(stack: Stack, body: object) -> bytes:
    content = json.dumps(body).encode()
    head = f"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1:{stack.port}\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content


async def tag_of(stack: Stack, query: str) -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", stack.port)
    writer.write(request(stack, query, None))
    status, headers, _ = await read_answer(reader)
    writer.close()
    assert status == 200
    return headers["etag"]


async def post(stack: Stack, body: object) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", stack.port)
    writer.write(posted(stack, body))
    status, _, content = await read_answer(reader)
    writer.close()
    assert status == 200, content


async def read_answer(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
    content = await reader.readexactly(int(headers.get("content-length", 0)))
    return int(head[0].split()[1]), headers, content


def resident(pid: int) -> int:
    """Bytes."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()


def threads_of(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


def open_in(home: Path, pid: int) -> int:
    """How many files of the home the process has open; a connection to the record has two or three."""
    found = 0
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        # One that was closed meanwhile is none.
        with suppress(FileNotFoundError):
            found += descriptor.readlink().is_relative_to(home)
    return found


def shown(spans: list[float], times: int, unit: str) -> str:
    return f"{times * statistics.median(spans):.2f} {unit} median, {times * late(spans):.2f} {unit} 99th percentile"


def late(spans: list[float]) -> float:
    """The 99th percentile."""
    return sorted(spans)[int(0.99 * (len(spans) - 1))]


if __name__ == "__main__":
    main()
