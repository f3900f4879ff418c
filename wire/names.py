"""What tasks and queues may be called. Each pattern is meant for the whole of a text."""

from typing import Final

TASK_ID: Final = r"[A-Za-z0-9._:-]{1,200}"
QUEUE: Final = r"[a-z0-9._-]{1,64}"
