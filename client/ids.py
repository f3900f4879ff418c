"""The id that a client gives a task, so that asking again is safe when an answer was lost."""

import secrets
import time
import uuid


def fresh_id() -> str:
    """A new UUIDv7 (RFC 9562) as text."""
    milliseconds = time.time_ns() // 1_000_000
    chance = secrets.randbits(74)
    value = (milliseconds & (2**48 - 1)) << 80 | 0x7 << 76 | (chance >> 62) << 64 | 0b10 << 62 | chance & (2**62 - 1)
    return str(uuid.UUID(int=value))
