"""python -m client: tasks from the command line; --help says what can be asked."""

import sys

from client.command.run import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
