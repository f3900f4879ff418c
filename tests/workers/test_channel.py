import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from workers.channel import LONGEST, Failed, FromChildReader, Ready, Succeeded, TooLong, encode

MESSAGES = st.one_of(
    st.just(Ready()),
    st.builds(
        Succeeded,
        ran=st.floats(0, 1e9),
        result=st.sampled_from([b"3", b'"' + b"x" * 300 + b'"', b"[]"]).map(Raw),
    ),
    st.builds(Failed, ran=st.just(0.5), error=st.text(), exception=st.text(), traceback=st.text()),
)


@given(st.lists(MESSAGES), st.integers(1, 50))
def test_messages_come_through_whole_in_pieces_of_any_size(messages, size):
    reader = FromChildReader()
    stream = b"".join(map(encode, messages))

    got = [message for begin in range(0, len(stream), size) for message in reader.feed(stream[begin : begin + size])]

    assert list(map(encode, got)) == list(map(encode, messages))


def test_a_message_that_is_longer_than_it_may_be_is_not_waited_for():
    reader = FromChildReader()
    longest = encode(Succeeded(ran=0.0, result=Raw(b'"' + b"x" * (LONGEST - 50) + b'"')))

    assert len(reader.feed(longest)) == 1
    with pytest.raises(TooLong, match=f"said {LONGEST + 1} bytes at once, the limit is {LONGEST}"):
        reader.feed((LONGEST + 1).to_bytes(4))


def test_what_is_no_message_is_an_error():
    with pytest.raises(msgspec.MsgspecError):
        FromChildReader().feed(b"\0\0\0\2{}")
