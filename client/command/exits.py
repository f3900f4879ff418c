"""How a command ends, as a number that scripts can act on."""

from enum import IntEnum
from typing import Final


class Exit(IntEnum):
    """The exit code of the command line."""

    WELL = 0
    FAILED = 1
    USAGE = 2
    UNAVAILABLE = 3
    REFUSED = 4
    NOT_DONE = 5
    INTERRUPTED = 130
    PIPE_CLOSED = 141


TEXT: Final = """\
exit codes:
  0  all is well
  1  the task failed, lines of an import were bad, or not all ids could be acted on
  2  the command line is wrong, or a file cannot be read
  3  nobody answers at the URL, or Zonda cannot just now
  4  Zonda refuses what was asked: standard error says what and why
  5  the time is over and the task has not ended; it goes on
  130 after Ctrl-C or "no", 141 when nobody reads the output any more
"""
