"""What a worker's machine asks its loop to do, in the order given."""

from dataclasses import dataclass

from wire.messages import Grant, OnResults, OnStatus
from wire.topics import Topic
from workers.why import Why


@dataclass(frozen=True, slots=True)
class Listen:
    """Take frames from this topic, through a socket that has never been used."""

    topic: Topic


@dataclass(frozen=True, slots=True)
class Unlisten:
    """Close the topic at once; frames that came and were not taken are dropped."""


@dataclass(frozen=True, slots=True)
class ToStatus:
    """Send these, in order; they may be lost."""

    messages: tuple[OnStatus, ...]


@dataclass(frozen=True, slots=True)
class ToResults:
    """Send these, in order; what is lost is sent again."""

    messages: tuple[OnResults, ...]


@dataclass(frozen=True, slots=True)
class StartChild:
    """Start a child process under this number, which is never used again."""

    child: int


@dataclass(frozen=True, slots=True)
class Run:
    """Have this ready child run the task function of the grant that came on `topic`."""

    child: int
    grant: Grant
    topic: Topic


@dataclass(frozen=True, slots=True)
class Interrupt:
    """Tell the task function that this child runs under this fence to end, unless it has ended already."""

    child: int
    fence: int
    why: Why


@dataclass(frozen=True, slots=True)
class KillChild:
    """Kill the child's process group; its end is still to be told."""

    child: int


@dataclass(frozen=True, slots=True)
class RetireChild:
    """Let the child end by itself: it runs nothing more, for it `why`. Its end is still to be told."""

    child: int
    why: str


@dataclass(frozen=True, slots=True)
class Exit:
    """Kill every child that is left, and end the process."""

    code: int


ToChildren = StartChild | Run | Interrupt | KillChild | RetireChild
Effect = Listen | Unlisten | ToStatus | ToResults | ToChildren | Exit
