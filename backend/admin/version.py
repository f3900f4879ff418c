"""Where the admin's files are, and what version they have together."""

from hashlib import blake2b
from pathlib import Path
from typing import Final

import django

OURS: Final = Path(__file__).parent / "static"
DJANGOS: Final = Path(django.__file__).parent / "contrib" / "admin" / "static"


def _version() -> str:
    ours = blake2b(digest_size=6)
    for path in sorted(OURS.rglob("*")):
        if path.is_file():
            ours.update(path.read_bytes())
    return f"{django.get_version()}-{ours.hexdigest()}"


VERSION: Final = _version()
"""Another one whenever a file is another one: it is in their addresses, so that browsers may keep them for ever."""
