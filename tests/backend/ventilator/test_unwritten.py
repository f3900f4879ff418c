import pytest

from backend.ventilator import unwritten
from backend.ventilator.unwritten import Piece


@pytest.fixture
def path(tmp_path):
    return tmp_path / "tasks.unwritten"


def test_what_was_kept_is_there_again_and_for_nobody_else_to_read(path):
    pieces = [Piece(b'{"task":"add"}', "an-id"), Piece(b"\xff\x00"), Piece(b"")]

    unwritten.keep(path, pieces)

    assert unwritten.kept(path) == pieces
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_it_takes_the_place_of_what_was_kept_before(path):
    unwritten.keep(path, [Piece(b"a"), Piece(b"b")])
    unwritten.keep(path, [Piece(b"c")])

    assert unwritten.kept(path) == [Piece(b"c")]


def test_what_is_forgotten_is_gone_and_nothing_is_nothing_to_forget(path):
    unwritten.keep(path, [Piece(b"a")])

    for _ in range(2):
        unwritten.forget(path)
        assert unwritten.kept(path) == []


@pytest.mark.parametrize("content", [b"", b"\xc1", b"[1,2]", b"\x91\x82\xa4body\xc4\x00\xa3key\xa1\xff"])
def test_a_file_that_nobody_can_read_is_put_aside(path, content, caplog):
    path.write_bytes(content)

    assert unwritten.kept(path) == []
    assert not path.exists()
    assert path.with_name("tasks.unwritten.unreadable").read_bytes() == content
    assert "unwritten.unreadable" in caplog.messages
