"""Long answers go piece by piece, as fast as they are read, and many at once have a bound of their own."""

import asyncio
import logging
from typing import Any

import pytest

from backend.api import sending
from backend.api.answer import Answer
from backend.api.bodies import Crowded
from backend.api.sending import PIECE, Unread, send_answer
from tests.support.asgi import post
from tests.support.endpoint import Endpoint, with_endpoint

LONG = bytes(range(256)) * (PIECE // 256) * 3 + b"end"
ECHO = "query($t: String!) {echo(text: $t)}"


def answer(body: bytes) -> Answer:
    return Answer(200, body, ())


class Reader:
    """A client that takes so many messages, and then none."""

    def __init__(self, takes: int = 1000) -> None:
        self.messages: list[Any] = []
        self._takes = takes

    async def send(self, message: Any) -> None:
        if len(self.messages) == self._takes:
            await asyncio.Event().wait()
        self.messages.append(message)


def test_a_long_answer_goes_in_pieces_of_which_only_the_last_ends_it():
    reader = Reader()

    asyncio.run(send_answer(reader.send, answer(LONG)))

    start, *pieces = reader.messages
    assert dict(start["headers"])[b"content-length"] == str(len(LONG)).encode()
    assert b"".join(piece["body"] for piece in pieces) == LONG
    assert [len(piece["body"]) for piece in pieces] == [PIECE, PIECE, PIECE, 3]
    assert [piece.get("more_body", False) for piece in pieces] == [True, True, True, False]


@pytest.mark.parametrize(("size", "pieces"), [(0, 1), (PIECE, 1), (PIECE + 1, 2), (2 * PIECE, 2)])
def test_no_piece_is_empty_but_that_of_an_empty_answer(size: int, pieces: int):
    reader = Reader()

    asyncio.run(send_answer(reader.send, answer(bytes(size))))

    assert len(reader.messages) == 1 + pieces
    assert reader.messages[-1].get("more_body", False) is False


def test_who_asks_for_the_headers_alone_gets_no_piece():
    reader = Reader()

    asyncio.run(send_answer(reader.send, answer(LONG), bodiless=True))

    assert [message.get("body") for message in reader.messages] == [None, b""]


def test_a_client_that_stops_reading_is_given_up(monkeypatch, caplog):
    monkeypatch.setattr(sending, "READ_WITHIN", 0.01)
    reader = Reader(takes=2)

    with caplog.at_level(logging.WARNING):
        asyncio.run(send_answer(reader.send, answer(LONG)))

    assert len(reader.messages) == 2
    (said,) = caplog.records
    assert (said.message, said.bytes, said.taken) == ("answer.unread", len(LONG), PIECE)


def test_what_is_on_its_way_counts_once_however_many_it_goes_to_and_until_the_last_has_it():
    unread = Unread(len(LONG))
    with unread.held(LONG):
        with unread.held(LONG):
            assert unread.size == len(LONG)
            assert unread.admitted(answer(LONG)).body is LONG
        assert unread.size == len(LONG)
    assert unread.size == 0


def test_what_has_no_room_beside_the_others_is_refused_and_what_is_short_or_alone_never():
    unread = Unread(len(LONG))
    other = bytes(PIECE + 1)
    with unread.held(LONG):
        with pytest.raises(Crowded):
            unread.admitted(answer(other))
        unread.admitted(answer(bytes(PIECE)))
    unread.admitted(answer(LONG + LONG))


def test_a_query_without_room_for_its_answer_is_unavailable_for_now_by_either_method():
    async def scenario(endpoint: Endpoint):
        endpoint.app._max_body = 10 * PIECE
        endpoint.app._unread = unread = Unread(len(LONG))
        text = "x" * (PIECE + 1)
        with unread.held(LONG):
            crowded = await post(endpoint.app, ECHO, t=text)
            short = await post(endpoint.app, ECHO, t="short")
        return crowded, short, await post(endpoint.app, ECHO, t=text), unread.size

    crowded, short, answered, left = with_endpoint(scenario)

    assert (crowded.status, crowded.codes, crowded.headers["retry-after"]) == (503, ["UNAVAILABLE"], "1")
    assert short.json == {"data": {"echo": "short"}}
    assert len(answered.json["data"]["echo"]) == PIECE + 1
    assert left == 0


@pytest.mark.parametrize(("query", "status"), [("mutation {change}", 200), ("{number}", 503)])
def test_what_a_mutation_has_done_is_told_though_there_is_no_room(monkeypatch, query: str, status: int):
    monkeypatch.setattr(sending, "PIECE", 10)

    async def scenario(endpoint: Endpoint):
        endpoint.app._unread = unread = Unread(len(LONG))
        with unread.held(LONG):
            return await post(endpoint.app, query)

    told = with_endpoint(scenario)

    assert told.status == status
