"""Asking a backend over HTTP, as any client does."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any


class Asks:
    """What has the address of a backend, `http://HOST:PORT/`, and asks it."""

    url: str

    def graphql(self, query: str, variables: Mapping[str, object] | None = None, timeout: float = 10.0) -> Any:
        """The `data` of the answer; AssertionError when it has errors, OSError while the backend is down."""
        answer = self.post({"query": query, "variables": dict(variables or {})}, timeout)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def post(self, body: object, timeout: float = 10.0) -> Any:
        """The whole JSON answer to a POST on /graphql, whatever its status."""
        request = urllib.request.Request(
            f"{self.url}graphql",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Accept": "application/graphql-response+json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return json.load(error)
