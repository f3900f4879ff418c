"""The signals that a worker sends the guard of a child process."""

import signal
from typing import Final

INTERRUPT: Final = signal.SIGURG
"""The child has an interrupt to read: passed on to it. Few use it, and who knows nothing of it lives on."""

END: Final = signal.SIGTERM
"""Kill the child and all that it has started, and end."""
