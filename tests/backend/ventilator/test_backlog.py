import threading

import pytest

from backend.ventilator import backlog
from backend.ventilator.backlog import Backlog
from backend.ventilator.unwritten import Piece


def test_frames_come_out_in_the_order_in_which_they_went_in():
    frames = Backlog()
    for body in (b"a", b"b", b"c"):
        frames.put(body)

    assert [frames.take(wait=False) for _ in range(4)] == [Piece(b"a"), Piece(b"b"), Piece(b"c"), None]


def test_it_is_full_by_count_or_by_bytes_and_has_room_again(monkeypatch):
    monkeypatch.setattr(backlog, "FRAMES_AT_MOST", 4)
    monkeypatch.setattr(backlog, "BYTES_AT_MOST", 100)
    frames = Backlog()

    for body in (b"a", b"b", b"c"):
        frames.put(body)
    assert (frames.full, frames.half_full) == (False, True)
    frames.put(b"d")
    assert frames.full
    for _ in range(3):
        frames.take(wait=False)
    assert (frames.full, frames.half_full) == (False, False)
    frames.put(b"x" * 99)
    assert frames.full


@pytest.mark.parametrize("frame", [b"a", None])
def test_who_waits_goes_on_when_a_frame_comes_or_none_comes_any_more(frame):
    frames = Backlog()
    taken: list[Piece | None] = []
    waiting = threading.Thread(target=lambda: taken.append(frames.take(wait=True)))
    waiting.start()

    frames.put(frame) if frame else frames.end()
    waiting.join(10)

    assert taken == [Piece(frame) if frame else None]


def test_what_is_there_at_the_end_is_still_given():
    frames = Backlog()
    frames.put(b"a")
    frames.end()

    assert [frames.take(wait=True), frames.take(wait=True)] == [Piece(b"a"), None]
