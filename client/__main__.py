"""python -m client: tasks from the command line; --help says what can be asked."""

import sys

_INTERRUPTED = 130


def main() -> int:
    try:
        # Takes a moment, in which somebody may have thought better of it.
        from client.command import run

        return run.main(sys.argv[1:])
    except KeyboardInterrupt:
        return _INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
