"""What more than one process reads in its environment, read in one way. A blank variable counts as unset."""

import re
from collections.abc import Mapping
from typing import Final

DEFAULT_TRANSPORT: Final = "zeromq+ipc:"

LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
"""The hosts that nobody reaches from another machine."""

_LARGEST_PAYLOAD: Final = 3 * 1024 * 1024  # with what goes around it, it must fit a frame
_SIZE = re.compile(r"([0-9]{1,12})\s*(B|KiB|MiB|GiB)?")
_UNITS: Final = {None: 1, "B": 1, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}


def given(environ: Mapping[str, str], variable: str) -> str:
    """What the variable says, without the blanks around it; empty when it is not set."""
    return environ.get(variable, "").strip()


def transport(environ: Mapping[str, str]) -> str:
    """ZONDA_TRANSPORT, not yet checked."""
    return given(environ, "ZONDA_TRANSPORT") or DEFAULT_TRANSPORT


def max_payload(environ: Mapping[str, str], wrong: list[str]) -> int:
    """ZONDA_MAX_PAYLOAD in bytes; a line is added to `wrong` if it cannot be used."""
    return size(environ, "ZONDA_MAX_PAYLOAD", "1MiB", _LARGEST_PAYLOAD, wrong)


def size(environ: Mapping[str, str], variable: str, default: str, ceiling: int, wrong: list[str]) -> int:
    """A size such as `512KiB`, in bytes; if it is none, or above `ceiling`, a line naming it is added to `wrong`."""
    text = given(environ, variable) or default
    match = _SIZE.fullmatch(text)
    found = int(match[1]) * _UNITS[match[2]] if match else 0
    if 1 <= found <= ceiling:
        return found
    wrong.append(f"{variable}={text}: expected a size such as 512KiB or 1MiB, at most {ceiling} bytes")
    return ceiling


def in_url(host: str) -> str:
    """The host as it stands in an address: an IPv6 one in brackets."""
    return f"[{host}]" if ":" in host else host
