"""Ids of tasks: UUIDv7 (RFC 9562), so that ids made later sort later."""

import secrets
import time
import uuid


def new_id() -> str:
    """A fresh UUIDv7 as text."""
    milliseconds = time.time_ns() // 1_000_000
    chance = secrets.randbits(74)
    value = (milliseconds & (2**48 - 1)) << 80 | 0x7 << 76 | (chance >> 62) << 64 | 0b10 << 62 | chance & (2**62 - 1)
    return str(uuid.UUID(int=value))
