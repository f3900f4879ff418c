"""python -m client: tasks from the command line; --help says what can be asked."""

import signal
import sys
from types import FrameType
from typing import Never

_INTERRUPTED = 130


def main() -> int:
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupt)
    try:
        # Takes a moment, in which somebody may have thought better of it.
        from client.command import run

        return run.main(sys.argv[1:])
    except KeyboardInterrupt:
        return _INTERRUPTED


def _interrupt(_number: int, _frame: FrameType | None) -> Never:
    # What was only half made just then, such as an answer of HTTP, complains when it is thrown away; all of it is now.
    sys.unraisablehook = lambda _: None
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
