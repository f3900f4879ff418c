import pytest

from wire.topics import CONTROL, RESULTS, STATUS, TASKS, BadTopic, seat, topic, worker_topic


def test_a_worker_topic_and_its_seat_say_the_same():
    for number in (1, 9, 10, 999_999):
        assert seat(worker_topic(number)) == number


@pytest.mark.parametrize("text", [TASKS, STATUS, CONTROL, RESULTS, "W1", "W42", "W999999"])
def test_every_topic_is_read_by_its_name(text):
    assert topic(text) == text


@pytest.mark.parametrize("text", ["", "W", "W0", "W01", "W-1", "W1000000", "w1", "W1 ", "W1\n", "tasks", "W１"])
def test_no_other_name_is_a_topic(text):
    with pytest.raises(BadTopic, match="is no topic"):
        topic(text)


@pytest.mark.parametrize("named", [STATUS, "W0"])
def test_only_worker_topics_have_a_seat(named):
    with pytest.raises(BadTopic, match="no worker's topic"):
        seat(named)


def test_there_is_no_seat_nought():
    with pytest.raises(BadTopic):
        worker_topic(0)
