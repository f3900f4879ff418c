"""For `bench live`: creates tasks one after the other, so many for each line that it reads, and prints what each took.

    python -m bench.creating PORT MANY

It answers each line with one, a list of seconds as JSON. The tasks are in a queue that nobody watches.
"""

import http.client
import json
import sys
import time

BODY = json.dumps({"query": 'mutation { createTask(name: "add", args: [1, 2], queue: "unseen") { id } }'})

PACE = 0.02
"""Seconds between one who creates has his answer and asks again."""


def main() -> None:
    port, many = map(int, sys.argv[1:])
    connection = http.client.HTTPConnection("127.0.0.1", port)
    for _ in sys.stdin:
        print(json.dumps([create(connection) for _ in range(many)]), flush=True)


def create(connection: http.client.HTTPConnection) -> float:
    time.sleep(PACE)
    began = time.monotonic()
    connection.request("POST", "/graphql", BODY, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    content = answer.read()
    took = time.monotonic() - began
    assert answer.status == 200, content
    return took


if __name__ == "__main__":
    main()
