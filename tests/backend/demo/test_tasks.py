"""The example task functions do what they say."""

import pytest

from backend.demo import tasks
from backend.tasks.refusals import BadArguments
from backend.tasks.registry import registry


class Told:
    """A context that keeps what the function says of its progress."""

    def __init__(self):
        self.said = []

    def progress(self, fraction=None, message=None):
        self.said.append((fraction, message))


def test_who_counts_tells_how_far_and_logs_each_number(caplog):
    caplog.set_level("INFO", "backend.demo.tasks")
    context = Told()

    tasks.count_to.func(context, 2, 0)

    assert context.said == [(0.5, "1 of 2"), (1.0, "2 of 2")]
    assert caplog.messages == ["1 of 2", "2 of 2"]


@pytest.mark.parametrize(
    ("name", "args", "returned"),
    [
        ("add", [1, 2], 3),
        ("add", [0.5, 2], 2.5),
        ("subtract", [1, 2], -1),
        ("multiply", [3, 4], 12),
        ("divide", [10, 2], 5.0),
        ("sleep", [0], 0.0),
        ("flaky", [0], "lucky"),
        ("primes", [0], 0),
        ("primes", [1], 0),
        ("primes", [2], 1),
        ("primes", [3], 2),
        ("primes", [100], 25),
        ("primes", [10_000], 1229),
        ("word_count", ["To be or not to be"], {"to": 2, "be": 2, "or": 1, "not": 1}),
        ("word_count", [""], {}),
        ("count_to", [3, 0], 3),
        ("count_to", [0], 0),
        ("echo", [{"any": [None]}], {"any": [None]}),
    ],
    ids=str,
)
def test_a_function_returns_what_it_says(name, args, returned):
    kind = registry().find(name)
    placed, named = kind.signature.bind(name, args, {})
    context = [Told()] if kind.task.takes_context else []

    value = kind.task.func(*context, *placed, **named)

    assert (value, type(value)) == (returned, type(returned))


def test_division_by_zero_fails():
    with pytest.raises(ZeroDivisionError):
        tasks.divide.func(1, 0)


def test_flaky_fails_readably():
    with pytest.raises(tasks.Unlucky, match="flaky failed, as it does 100% of the time"):
        tasks.flaky.func(1)


@pytest.mark.parametrize(
    ("name", "args"),
    [("add", ["1", 2]), ("sleep", [-1]), ("flaky", [1.1]), ("primes", [10**9]), ("primes", [2.5]), ("word_count", [1])],
    ids=str,
)
def test_arguments_that_make_no_sense_are_refused(name, args):
    with pytest.raises(BadArguments):
        registry().find(name).signature.bind(name, args, {})


def test_each_is_described_and_typed():
    for kind in registry().types:
        assert kind.description, kind.name
        assert all(entry or name == "value" for name, entry in kind.parameters["properties"].items()), kind.name
