import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from urllib.parse import urlencode

import pytest

from backend.config.application import Application
from backend.environment import environment
from tests.support.asgi import HOST, Response, ask

OWN = f"http://{HOST}"


class Page(HTMLParser):
    """What a page holds: its text, its hidden fields, what it loads, and what it would run or style inline."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.hidden: dict[str, str] = {}
        self.loads: list[str] = []
        self.inline: list[str] = []
        self._data = False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        values = {name: value or "" for name, value in attrs}
        if tag == "input" and values.get("type") == "hidden":
            self.hidden[values["name"]] = values.get("value", "")
        if tag in ("script", "img") and "src" in values:
            self.loads.append(values["src"])
        if tag == "link" and values.get("rel") == "stylesheet":
            self.loads.append(values["href"])
        self._data = tag == "script" and values.get("type") == "application/json"
        if tag == "style" or (tag == "script" and "src" not in values and not self._data):
            self.inline.append(tag)
        self.inline += [f"{tag} {name}" for name in values if name == "style" or name.startswith("on")]
        self.inline += [f"{tag} {value}" for value in values.values() if value.lower().startswith("javascript:")]

    def handle_data(self, data):
        self.text += data


@dataclass
class Browser:
    """Keeps cookies, and says where a form comes from."""

    cookies: dict[str, str] = field(default_factory=dict)
    client: str = "127.0.0.1"

    def get(self, path: str, /, **query: str) -> Response:
        return self.ask("GET", path, query=query)

    def page(self, path: str, /, **query: str) -> Page:
        """The page at this address, which is there; follows where it leads."""
        response = self.get(path, **query)
        while response.status == 302:
            response = self.get(response.headers["location"])
        assert response.status == 200, (response.status, response.body)
        return Page(response.body.decode())

    def submit(self, path: str, fields: Mapping[str, str | list[str]], /, **query: str) -> Response:
        """Send a form as the page at this address has it."""
        token = self.page(path, **query).hidden["csrfmiddlewaretoken"]
        return self.post(path, {"csrfmiddlewaretoken": token, **fields}, query=query)

    def act(self, path: str, action: str, *selected: object, **fields: str) -> Page:
        """Run an action on what is selected in a list; the page that comes of it."""
        chosen = [str(one) for one in selected]
        sent: dict[str, str | list[str]] = {"action": action, "index": "0", "_selected_action": chosen, **fields}
        response = self.submit(path, sent)
        assert response.status in (200, 302), (response.status, response.body)
        return Page(response.body.decode()) if response.status == 200 else self.page(response.headers["location"])

    def post(self, path, fields, *, query=None, headers=None) -> Response:
        sent = {"origin": OWN, "content-type": "application/x-www-form-urlencoded", **(headers or {})}
        body = urlencode(fields, doseq=True).encode()
        return self.ask(
            "POST",
            path,
            query=query,
            headers={name: value for name, value in sent.items() if value is not None},
            chunks=[body],
        )

    def ask(self, method, path, *, headers=None, query=None, **more) -> Response:
        path, _, inside = path.partition("?")
        if inside:
            query = {name: value for name, _, value in (pair.partition("=") for pair in inside.split("&"))}
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = {**(headers or {}), **({"cookie": cookie} if cookie else {})}
        response = asyncio.run(
            ask(Application(environment), method, path, headers=sent, query=query, client=self.client, **more)
        )
        assert response is not None
        for line in response.headers.get("set-cookie", "").splitlines():
            for name, morsel in SimpleCookie(line).items():
                assert morsel["path"] == "/admin/", line
                if morsel["max-age"] == "0" or not morsel.value:
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.coded_value
        return response


@pytest.fixture
def browser():
    return Browser()
