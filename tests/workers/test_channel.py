import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from wire.codec import frames
from wire.messages import AttemptSucceeded
from workers.channel import LONGEST, Failed, FromChildReader, Nonsense, Ready, Succeeded, encode

MESSAGES = st.one_of(
    st.builds(Ready),
    st.builds(
        Succeeded,
        fence=st.integers(1, 2**63 - 1),
        ran=st.floats(0, 1e9),
        result=st.sampled_from([b"3", b'"' + b"x" * 300 + b'"', b"[]"]).map(Raw),
    ),
    st.builds(Failed, fence=st.just(1), ran=st.just(0.5), error=st.text(), exception=st.text(), traceback=st.text()),
)


@given(st.lists(MESSAGES), st.integers(1, 50))
def test_messages_come_through_whole_in_pieces_of_any_size(messages, size):
    reader = FromChildReader()
    stream = b"".join(map(encode, messages))

    got = [message for begin in range(0, len(stream), size) for message in reader.feed(stream[begin : begin + size])]

    assert list(map(encode, got)) == list(map(encode, messages))


def test_a_message_that_is_longer_than_it_may_be_is_not_waited_for():
    reader = FromChildReader()
    longest = encode(Succeeded(fence=1, ran=0.0, result=Raw(b'"' + b"x" * (LONGEST - 100) + b'"')))

    assert len(reader.feed(longest)) == 1
    with pytest.raises(Nonsense, match=f"said {LONGEST + 1} bytes at once, the limit is {LONGEST}"):
        reader.feed((LONGEST + 1).to_bytes(4))


def test_what_is_no_message_is_an_error():
    with pytest.raises(Nonsense, match="said what no child says: Object missing required field `type`"):
        FromChildReader().feed(b"\0\0\0\2{}")


def test_what_is_reported_of_the_longest_message_fits_a_frame():
    message = Succeeded(fence=1, ran=1.1e-300, result=Raw(b'"' + b"x" * LONGEST + b'"'))
    report = AttemptSucceeded(
        task_id="t" * 36,
        attempt=2**31,
        fence=2**63 - 1,
        worker="W99999",
        incarnation="i" * 64,
        ran=message.ran,
        result=message.result,
    )

    assert len(list(frames([report]))) == 1
