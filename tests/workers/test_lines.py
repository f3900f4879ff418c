import pytest

from wire.messages import LINE_AT_MOST
from workers.lines import LINE_BYTES_AT_MOST, Unended, readable


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (b"plain", "plain"),
        ("größer €😀".encode(), "größer €😀"),
        (b"tab\there", "tab\there"),
        (b"ended as on Windows\r", "ended as on Windows"),
        (b"10 %\r20 %", "10 %\\x0d20 %"),
        (b"\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        (b"nul\x00bell\x07del\x7f", "nul\\x00bell\\x07del\\x7f"),
        (b"\xff\xfe", "\\xff\\xfe"),
        ("\x85".encode(), "\\x85"),
        (b"", ""),
    ],
)
def test_a_line_is_text_with_everything_in_it_to_be_seen(line, text):
    assert readable(line) == text


def test_a_long_line_is_cut():
    assert readable(b"x" * LINE_AT_MOST) == "x" * LINE_AT_MOST
    assert readable(b"x" * (LINE_AT_MOST + 1)) == "x" * (LINE_AT_MOST - 1) + "…"
    assert len(readable(b"\0" * LINE_AT_MOST)) == LINE_AT_MOST


def test_of_a_line_without_end_no_more_is_kept_than_is_shown():
    unended = Unended()
    for _ in range(1_000):
        unended.add("€".encode() * 1_000)

    assert unended.size == 3_000_000
    kept = unended.take()
    assert len(kept) == LINE_BYTES_AT_MOST + 1
    assert readable(kept) == "€" * (LINE_AT_MOST - 1) + "…"
    assert (unended.size, unended.take()) == (0, b"")
