"""A client of Zonda: `Client(url).create("add", 1, 2).result(timeout=10)`. `python -m client` is its command line."""

from client.client import Client
from client.errors import BadAddress, ClientError, NotDone, NotZonda, Refused, TaskFailed, Unavailable
from client.handle import TaskHandle
from client.records import Draft, Filter, Reason, Status, Task

__all__ = [
    "BadAddress",
    "Client",
    "ClientError",
    "Draft",
    "Filter",
    "NotDone",
    "NotZonda",
    "Reason",
    "Refused",
    "Status",
    "Task",
    "TaskFailed",
    "TaskHandle",
    "Unavailable",
]
