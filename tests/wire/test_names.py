"""What tasks and queues may be called."""

import re

import pytest

from wire import names


@pytest.mark.parametrize("name", ["a", "mail", "a.b_c-9", "x" * 64])
def test_a_queue_name(name):
    assert re.fullmatch(names.QUEUE, name)


@pytest.mark.parametrize("name", ["", "A", "a b", "a:b", "a\n", "ä", "x" * 65])
def test_no_queue_name(name):
    assert not re.fullmatch(names.QUEUE, name)


@pytest.mark.parametrize("name", ["a", "d5750c0e-ed82", "A.b_c:9", "x" * 200])
def test_a_task_id(name):
    assert re.fullmatch(names.TASK_ID, name)


@pytest.mark.parametrize("name", ["", "a b", "a/b", "a\n", "ä", "x" * 201])
def test_no_task_id(name):
    assert not re.fullmatch(names.TASK_ID, name)
