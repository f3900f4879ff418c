"""Which topic a worker is given."""

from backend.ventilator.seating import REST, Seating
from wire.topics import Topic

W1, W2, W3 = Topic("W1"), Topic("W2"), Topic("W3")


def test_a_new_worker_gets_the_lowest_topic_that_is_free():
    assert Seating([]).choose({W1, W3}, None, "one", 0.0) == W2


def test_a_worker_gets_the_topic_back_that_it_had_last():
    seating = Seating([(W3, "one")])

    assert seating.choose(set(), W3, "one", 0.0) == W3
    assert seating.choose(set(), W3, "two", 0.0) == W1


def test_a_topic_is_not_given_back_that_somebody_else_has_or_had_since():
    seating = Seating([(W3, "one")])

    assert seating.choose({W3}, W3, "one", 0.0) == W1
    seating = Seating([(W3, "one")])
    assert seating.choose({W1, W2}, None, "two", 0.0) == W3
    assert seating.choose({W1}, W3, "one", 0.0) == W2


def test_a_topic_rests_after_it_was_shut():
    seating = Seating([(W1, "one")])
    seating.shut(W1, 5.0)

    assert seating.choose(set(), W1, "one", 5.0 + REST / 2) == W2
    assert seating.choose(set(), None, "two", 5.0 + REST) == W1
