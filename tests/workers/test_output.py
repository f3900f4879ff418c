"""Lines out of pieces, and limits on them."""

import tracemalloc
from time import process_time

import pytest

from wire.messages import LINE_AT_MOST, LINES_AT_MOST, LOG_LINES_AT_MOST, Line
from workers.output import EVERY, FIRST_AFTER, LAST_LINES, LIVE_BYTES, LIVE_LINES, REPORT_BYTES, Output

SINCE = 100.0


@pytest.fixture
def output() -> Output:
    return Output(SINCE)


def all_of(output: Output, now: float = SINCE) -> list[Line]:
    return [line for lines in output.take_all(now) for line in lines]


def test_pieces_that_are_cut_anywhere_are_lines_again(output):
    for piece in (b"on", b"e\ntwo\nth", b"", b"ree", b"\n\n"):
        output.feed("stdout", piece, SINCE + 1.5)

    assert all_of(output) == [
        Line(1, 1.5, "stdout", "one"),
        Line(2, 1.5, "stdout", "two"),
        Line(3, 1.5, "stdout", "three"),
        Line(4, 1.5, "stdout", ""),
    ]


def test_a_character_that_is_cut_between_pieces_is_whole_again(output):
    output.feed("stdout", "€".encode()[:2], SINCE)
    output.feed("stdout", "€".encode()[2:] + b"\n", SINCE)

    assert [line.text for line in all_of(output)] == ["€"]


def test_lines_are_numbered_across_streams_and_streams_do_not_mix(output):
    output.feed("stdout", b"a", SINCE)
    output.feed("stderr", b"b\n", SINCE)
    output.feed("log", b"c\n", SINCE)
    output.feed("stdout", b"d\n", SINCE)

    told = [(line.number, line.stream, line.text) for line in all_of(output)]
    assert told == [(1, "stderr", "b"), (2, "log", "c"), (3, "stdout", "ad")]


def test_a_line_without_end_is_told_at_the_end(output):
    output.feed("stdout", b"no end", SINCE)
    assert all_of(output) == []

    output.end(SINCE + 2)

    assert all_of(output) == [Line(1, 2.0, "stdout", "no end")]


def test_the_first_lines_are_told_soon_and_further_ones_a_few_times_a_second(output):
    assert output.next_due() == float("inf")
    output.feed("stdout", b"a\n", SINCE)
    output.feed("stdout", b"b\n", SINCE + 0.05)
    assert output.next_due() == SINCE + FIRST_AFTER

    assert len(output.take(SINCE + 0.1)) == 2
    assert output.next_due() == float("inf")
    output.feed("stdout", b"c\n", SINCE + 0.11)
    assert output.next_due() == SINCE + 0.1 + EVERY
    output.take(SINCE + 0.35)

    output.feed("stdout", b"d\n", SINCE + 10)
    assert output.next_due() == SINCE + 10 + FIRST_AFTER


def test_one_report_is_bounded_in_lines_and_in_bytes(output):
    output.feed("stdout", b"x\n" * 1_200, SINCE)

    assert [len(lines) for lines in output.take_all(SINCE)] == [LINES_AT_MOST, LINES_AT_MOST, 200]

    output.feed("stdout", ("€" * LINE_AT_MOST + "\n").encode() * 60, SINCE)
    sizes = [sum(len(line.text.encode()) for line in lines) for lines in output.take_all(SINCE)]
    assert sizes
    assert max(sizes) <= REPORT_BYTES


def test_beyond_the_limit_of_lines_they_are_counted_and_the_last_ones_told(output):
    for number in range(1, 10_001):
        output.feed("stdout", f"{number}\n".encode(), SINCE)
    assert len(all_of(output)) == LIVE_LINES
    output.end(SINCE)

    worker, *last = all_of(output)

    assert worker.stream == "worker"
    left = sum(len(f"{number}\n") for number in range(LIVE_LINES + 1, 10_001 - LAST_LINES))
    assert worker.text == f"… 7,900 lines ({left / 1000:.0f} kB) left out …"
    assert [line.text for line in last] == [str(number) for number in range(9_901, 10_001)]
    assert [line.number for line in last] == list(range(LIVE_LINES + 2, LIVE_LINES + 2 + LAST_LINES))
    assert last[-1].number <= LOG_LINES_AT_MOST


@pytest.mark.parametrize("piece_of", [1, 7, 100, 997, 65_536])
def test_how_lines_come_makes_no_difference(output, piece_of):
    text = b"".join(b"line %d\n" % number for number in range(1, 5_001)) + b"and no end"
    for begin in range(0, len(text), piece_of):
        output.feed("stdout", text[begin : begin + piece_of], SINCE)
    output.end(SINCE)

    lines = [line.text for line in all_of(output)]

    assert lines[:LIVE_LINES] == [f"line {number}" for number in range(1, LIVE_LINES + 1)]
    left = sum(len(f"line {number}\n") for number in range(LIVE_LINES + 1, 5_001 - LAST_LINES + 1))
    assert lines[LIVE_LINES] == f"… 2,901 lines ({left / 1000:.0f} kB) left out …"
    assert lines[LIVE_LINES + 1 :] == [*(f"line {number}" for number in range(4_902, 5_001)), "and no end"]


def test_a_few_lines_beyond_the_limit_are_all_told_and_nothing_is_said_of_any_left_out(output):
    output.feed("stdout", b"x\n" * (LIVE_LINES + 50), SINCE)
    output.end(SINCE)

    lines = all_of(output)

    assert len(lines) == LIVE_LINES + 50
    assert {line.stream for line in lines} == {"stdout"}


def test_a_single_line_that_is_left_out_is_said_to_be_one(output):
    output.feed("stdout", b"x\n" * (LIVE_LINES + LAST_LINES + 1), SINCE)
    output.end(SINCE)

    assert [line.text for line in all_of(output) if line.stream == "worker"] == ["… 1 line (2 B) left out …"]


def test_the_limit_of_bytes_holds_for_few_long_lines_and_for_one_without_end(output):
    long = b"x" * 1_000_000 + b"\n"
    for _ in range(100):
        for begin in range(0, len(long), 65_536):
            output.feed("stdout", long[begin : begin + 65_536], SINCE)
    output.end(SINCE)

    lines = all_of(output)

    assert sum(len(line.text) for line in lines) < LIVE_BYTES
    assert all(len(line.text) <= LINE_AT_MOST for line in lines if line.stream == "stdout")


def test_a_hundred_megabytes_are_taken_in_a_moment_and_in_little_memory(output):
    piece = b"".join(b"%07d %s\n" % (number, b"x" * 90) for number in range(660))
    tracemalloc.start()
    began = process_time()
    for _ in range(100_000_000 // len(piece)):
        output.feed("stdout", piece, SINCE)
    took = process_time() - began
    output.end(SINCE)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    # Of this process's own time: others may have the processor meanwhile.
    assert took < 5
    assert peak < 8 * LIVE_BYTES
    [worker] = [line for line in all_of(output) if line.stream == "worker"]
    assert worker.text.endswith(" MB) left out …")
