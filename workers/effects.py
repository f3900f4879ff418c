"""What a worker's machine asks its loop to do, in the order given."""

from msgspec import Struct

from wire.messages import Grant, OnResults, OnStatus
from wire.topics import Topic
from workers.why import Why


class Listen(Struct, frozen=True):
    """Take frames from this topic, through a socket that has never been used."""

    topic: Topic


class Unlisten(Struct, frozen=True):
    """Close the topic at once; frames that came and were not taken are dropped."""


class ToStatus(Struct, frozen=True):
    """Send these, in order; they may be lost."""

    messages: tuple[OnStatus, ...]


class ToResults(Struct, frozen=True):
    """Send these, in order; what is lost is sent again."""

    messages: tuple[OnResults, ...]


class StartChild(Struct, frozen=True):
    """Start a child process under this number, which is never used again."""

    child: int


class Run(Struct, frozen=True):
    """Have this ready child run the task function of the grant that came on `topic`."""

    child: int
    grant: Grant
    topic: Topic


class Interrupt(Struct, frozen=True):
    """Tell the task function that this child runs under this fence to end, unless it has ended already."""

    child: int
    fence: int
    why: Why


class KillChild(Struct, frozen=True):
    """Kill the child's process group; its end is still to be told. `why` when that is not said of the task it runs."""

    child: int
    why: str | None = None


class RetireChild(Struct, frozen=True):
    """Let the child end by itself: it runs nothing more, for it `why`. Its end is still to be told."""

    child: int
    why: str


class Exit(Struct, frozen=True):
    """Kill every child that is left, and end the process."""

    code: int


ToChildren = StartChild | Run | Interrupt | KillChild | RetireChild
Effect = Listen | Unlisten | ToStatus | ToResults | ToChildren | Exit
