"""Why a running task function is told to end."""

from enum import StrEnum


class Why(StrEnum):
    """TIMEOUT: it has run as long as it may. CANCEL: somebody has cancelled its task."""

    TIMEOUT = "timeout"
    CANCEL = "cancel"
