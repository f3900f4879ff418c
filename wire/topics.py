"""The named streams of messages between processes.

BadTopic    the text names no topic of Zonda's
"""

import re
from typing import Final, NewType

Topic = NewType("Topic", str)

TASKS: Final = Topic("TASKS")
STATUS: Final = Topic("status")
CONTROL: Final = Topic("control")
RESULTS: Final = Topic("results")

# A $ alone would also match before a line's end.
WORKER_PATTERN: Final = r"^W[1-9][0-9]{0,5}$(?!\n)"
_WORKER = re.compile(WORKER_PATTERN)


class BadTopic(ValueError):
    """The text names no topic of Zonda's."""


def worker_topic(seat: int) -> Topic:
    """The topic of the worker in this seat, counted from 1: `W1`, `W2`, …"""
    return topic(f"W{seat}")


def topic(text: str) -> Topic:
    """The topic of that name; BadTopic for any other text."""
    if text in (TASKS, STATUS, CONTROL, RESULTS) or _WORKER.fullmatch(text):
        return Topic(text)
    raise BadTopic(f"{text!r} is no topic: expected TASKS, status, control, results or W1, W2, …")


def seat(worker: Topic) -> int:
    """The number in a worker's topic: 3 for `W3`; BadTopic for any other topic."""
    if not _WORKER.fullmatch(worker):
        raise BadTopic(f"{worker!r} is no worker's topic: expected W1, W2, …")
    return int(worker[1:])
