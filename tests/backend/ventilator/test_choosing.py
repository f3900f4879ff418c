"""Who gets which task."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from backend.tasks.grants import Candidate, Choice
from backend.ventilator.choosing import (
    BACKLOG_PER_SLOT,
    BEYOND_SLOTS,
    FILL_BYTES_AT_MOST,
    HELD_BYTES_AT_MOST,
    Room,
    choose,
)
from tests.backend.ventilator.steps import offered

AVERAGES = {"short": 0.001, "mid": 0.02, "long": 2.0}


def room(topic: str = "W1", **more: object) -> Room:
    defaults = {"queues": None, "slots": 1, "held": 0, "backlog": 0.0, "left": 1000, "granted": 0}
    return Room(**{"topic": topic, "holder": f"holder of {topic}", **defaults, **more})  # type: ignore[arg-type]


def candidates(*paths: str, queue: str = "default", size: int = 0) -> list[Candidate]:
    return [Candidate(seq, f"t{seq}", path, queue, 0, size) for seq, path in enumerate(paths, 1)]


def fences(limit: int = 1000) -> Sequence[int]:
    return range(1, limit + 1)


def topics(rooms: Sequence[Room], tasks: Sequence[Candidate], limit: int = 1000) -> list[str]:
    return [choice.topic for choice in choose(rooms, AVERAGES, fences(limit), offered(tasks))]


def test_a_choice_names_the_task_its_fence_and_its_worker():
    assert choose([room()], {}, fences(), offered(candidates("new"))) == [Choice(1, 1, "holder of W1", "W1")]


def test_the_worker_with_the_most_free_slots_is_first():
    assert topics([room("W1", slots=4, held=2), room("W2", slots=4, held=1)], candidates("new", "new", "new")) == [
        "W2",
        "W1",
        "W2",
    ]


def test_among_equals_the_one_that_has_had_the_fewest_is_first_then_the_first_seat():
    assert topics([room("W1", granted=5), room("W2", granted=3)], candidates("new", "new")) == ["W2", "W1"]
    assert topics([room("W1"), room("W2")], candidates("new")) == ["W1"]


def test_a_free_slot_is_better_than_a_short_wait():
    assert topics([room("W1", slots=2, held=2, backlog=0.001), room("W2", granted=99)], candidates("short")) == ["W2"]


def test_beyond_its_slots_the_worker_with_the_least_to_do_is_first():
    rooms = [room("W1", held=1, backlog=0.02), room("W2", held=3, backlog=0.003)]

    assert topics(rooms, candidates("short")) == ["W2"]


def test_a_worker_gets_only_from_queues_that_it_serves():
    rooms = [room("W1", queues=frozenset({"mail"})), room("W2", queues=frozenset({"reports"}))]

    assert topics(rooms, candidates("new", queue="reports")) == ["W2"]
    assert topics(rooms, candidates("new", queue="other")) == []


def test_a_type_that_nobody_has_run_waits_for_a_free_slot():
    assert topics([room()], candidates("new", "new")) == ["W1"]


def test_nothing_waits_behind_a_type_that_nobody_has_run():
    assert topics([room()], candidates("new", "short")) == ["W1"]


def test_nothing_waits_behind_a_long_task():
    assert topics([room()], candidates("long", "short")) == ["W1"]


def test_a_long_task_does_not_wait_behind_short_ones():
    assert topics([room()], candidates("short", "long")) == ["W1"]


def test_short_tasks_wait_where_their_work_fits_the_bound():
    assert len(topics([room()], candidates(*["mid"] * 10))) == 2
    assert len(topics([room(slots=2)], candidates(*["mid"] * 10))) == 5


def test_at_most_so_many_wait_however_short_they_are():
    paths = ["tiny"] * 1000

    chosen = choose([room()], {"tiny": 0.000001}, fences(), offered(candidates(*paths)))

    assert len(chosen) == 1 + BEYOND_SLOTS


def test_large_arguments_end_a_transaction_of_grants_and_what_is_left_is_told_of():
    half = FILL_BYTES_AT_MOST // 2
    offer = offered(candidates(*["new"] * 9, size=half))

    chosen = choose([room(slots=9)], AVERAGES, fences(), offer)

    assert len(chosen) == 2
    assert offer.has_more_than(len(chosen))


def test_a_task_whose_arguments_pass_that_bound_alone_is_granted_alone():
    assert len(topics([room(slots=9)], candidates("new", "new", size=FILL_BYTES_AT_MOST + 1))) == 1


def test_large_arguments_wait_for_a_free_slot_at_a_worker_that_holds_many_bytes():
    full = room(slots=2, held=2, backlog=0.001, size=HELD_BYTES_AT_MOST - 100)

    assert topics([full], candidates("short", "short", size=60)) == ["W1"]
    assert topics([full], candidates("short", size=101)) == []
    assert topics([room(slots=2, held=1, size=HELD_BYTES_AT_MOST)], candidates("short", "short", size=60)) == ["W1"]


def test_no_room_is_seen_beyond_the_slots_of_a_worker_that_holds_many_bytes():
    assert room(slots=2, held=1, size=HELD_BYTES_AT_MOST).at_most(AVERAGES["short"]) == 1
    assert room(slots=2, held=1, size=HELD_BYTES_AT_MOST - 1).at_most(AVERAGES["short"]) > 1


def test_nothing_waits_at_a_worker_that_has_handed_something_back():
    assert topics([room(backlog=None)], candidates("short", "short")) == ["W1"]


def test_no_more_than_a_worker_may_have_at_all():
    assert len(topics([room(slots=5, left=2)], candidates(*["new"] * 5))) == 2
    assert topics([room(left=0)], candidates("new")) == []


def test_no_more_than_there_are_fences():
    assert len(topics([room(slots=5)], candidates(*["new"] * 5), limit=3)) == 3


def test_what_fits_nobody_is_not_overtaken_by_what_would_keep_its_slot_busy():
    rooms = [room("W1", held=1, backlog=0.001), room("W2", queues=frozenset({"other"}))]
    tasks = [*candidates("long", "short"), Candidate(3, "t3", "short", "other", 0)]

    assert [choice.seq for choice in choose(rooms, AVERAGES, fences(), offered(tasks))] == [3]


rooms_drawn = st.lists(
    st.builds(
        room,
        topic=st.sampled_from(["W1", "W2", "W3", "W4"]),
        queues=st.none() | st.frozensets(st.sampled_from(["a", "b", "c"]), min_size=1),
        slots=st.integers(1, 4),
        held=st.integers(0, 6),
        backlog=st.none() | st.floats(0, 0.3),
        left=st.integers(0, 20),
        granted=st.integers(0, 9),
    ),
    unique_by=lambda one: one.topic,
    max_size=4,
)
tasks_drawn = st.lists(
    st.tuples(st.sampled_from(["short", "mid", "long", "new"]), st.sampled_from(["a", "b", "c"]), st.integers(-2, 2)),
    max_size=40,
).map(
    lambda drawn: sorted(
        (Candidate(seq, f"t{seq}", path, queue, priority) for seq, (path, queue, priority) in enumerate(drawn, 1)),
        key=lambda task: (-task.priority, task.seq),
    )
)


@given(rooms_drawn, tasks_drawn)
def test_whatever_is_asked_the_choices_keep_the_bounds_and_the_order(rooms: list[Room], tasks: list[Candidate]):
    choices = choose(rooms, AVERAGES, fences(), offered(tasks))

    by_seq = {task.seq: task for task in tasks}
    assert len({choice.seq for choice in choices}) == len(choices) == len({choice.fence for choice in choices})
    for queue in "abc":
        of_queue = [task.seq for task in tasks if task.queue == queue]
        chosen = [choice.seq for choice in choices if by_seq[choice.seq].queue == queue]
        assert chosen == of_queue[: len(chosen)], "a task was overtaken in its queue"
    for one in rooms:
        mine = [by_seq[choice.seq] for choice in choices if choice.topic == one.topic]
        assert all(one.serves(task.queue) for task in mine)
        assert len(mine) <= one.left
        beyond = max(0, one.held + len(mine) - one.slots) if mine else 0
        if beyond:
            assert one.backlog is not None or one.held + len(mine) <= one.slots
            waiting = mine[-beyond:]
            assert all(task.path in ("short", "mid") for task in waiting)
            if one.held >= one.slots:
                assert (one.backlog or 0.0) + sum(AVERAGES[task.path] for task in mine) <= (
                    one.slots * BACKLOG_PER_SLOT + 1e-9
                )
        assert len(mine) <= max(one.at_most(min(AVERAGES.values())), 0)


@given(rooms_drawn, tasks_drawn)
def test_a_slot_stays_free_only_where_nothing_is_left_for_it(rooms: list[Room], tasks: list[Candidate]):
    choices = choose(rooms, AVERAGES, fences(), offered(tasks))

    chosen = {choice.seq for choice in choices}
    for one in rooms:
        mine = sum(choice.topic == one.topic for choice in choices)
        if one.held + mine < one.slots and mine < one.left:
            assert all(task.seq in chosen for task in tasks if one.serves(task.queue))


def test_a_worker_that_is_nearly_full_is_not_worth_a_transaction_of_its_own():
    short = AVERAGES["short"]

    assert room(held=0).worth_filling(None)
    assert not room(held=1).worth_filling(None)
    assert room(held=1, backlog=0.02).worth_filling(AVERAGES["mid"])
    assert room(held=30, backlog=0.03).worth_filling(short)
    assert not room(held=45, backlog=0.045).worth_filling(short)
