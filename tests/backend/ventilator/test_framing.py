"""What goes into which frame."""

from hypothesis import given, settings
from hypothesis import strategies as st

from backend.tasks.grants import GrantedTask
from backend.ventilator.framing import OBJECTS_AT_MOST, BeatNow, Content, cut, message
from wire import codec
from wire.messages import MAX_FRAME, Answer, ReportKind, SettledBySink

ids = st.text("aZ0._:-", min_size=1, max_size=200)
names = st.text(min_size=1, max_size=400)


def _grant(task_id: str, path: str, size: int) -> GrantedTask:
    return GrantedTask(
        task_id=task_id,
        path=path,
        args=b'["' + b"x" * size + b'"]',
        kwargs=b"{}",
        queue="default",
        priority=-100,
        attempt=2**31,
        fence=2**63 - 1,
        holder="x" * 64,
    )


grants = st.builds(_grant, ids, names, st.sampled_from([0, 10, 200_000, 3 * 1024 * 1024]))
answers = st.builds(
    lambda task_id: SettledBySink(
        incarnation="\x00" * 64, task_id=task_id, fence=2**63 - 1, report=ReportKind.SUCCEEDED, answer=Answer.DUPLICATE
    ),
    ids,
)


@settings(max_examples=50, deadline=None)
@given(st.lists(grants | answers | st.just(BeatNow()), max_size=30))
def test_everything_goes_in_order_and_every_frame_is_small_enough(contents: list[Content]):
    lists = list(cut(contents))

    assert [content for some in lists for content in some] == contents
    for some in lists:
        frame = codec.encode(
            message(content, epoch=2**31, seq=2**62, incarnation="\x00" * 64, hello=2**62) for content in some
        )
        assert len(frame) <= MAX_FRAME


def test_nothing_gives_no_frame():
    assert list(cut([])) == []


def test_a_frame_has_so_many_objects_at_most():
    assert [len(some) for some in cut([BeatNow()] * (2 * OBJECTS_AT_MOST + 1))] == [OBJECTS_AT_MOST, OBJECTS_AT_MOST, 1]
