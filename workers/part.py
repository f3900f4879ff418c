"""In a child process: a part of its surroundings, as it is when the task functions are loaded."""

from typing import Protocol


class Beyond(Exception):
    """What cannot be put back. The text is the end of a sentence about this process."""


class Part(Protocol):
    """One thing that is the whole process's."""

    name: str

    def restore(self) -> bool: ...
