"""What must not be read in a log: a secret is known by the name it goes by, by its place in a URL, or by itself."""

import re
from typing import Final

HIDDEN: Final = "[hidden]"

# Each is looked for at the end of a name (`db_password`, `accessToken`), and none of these patterns looks at a
# character more than a few times: what is logged may have been made to be slow to look through.
_NAMES: Final = (
    r"(?:pass(?:word|wd|phrase|code)s?|pwd|secrets?|tokens?|authorization|credentials?|cookies?|"
    r"(?:api|access|private|secret|service|curve)[-_ ]?keys?)"
)
_NAMED = re.compile(rf"{_NAMES}$", re.IGNORECASE)

# `password=x`, `"token": "x"`; what stands in quotes goes whole.
_SAID = re.compile(
    rf"""({_NAMES}["']?\s{{0,8}}(?::|=(?!=))\s{{0,8}})"""
    r"""(?:"[^"\n]*"|'[^'\n]*'|(?:(?:bearer|basic|token)\s+)?[^\s"',;&)\]}]+)""",
    re.IGNORECASE,
)
# These headers may have several parts: the rest of the line goes with them.
_HEADER = re.compile(r"""((?:authorization|cookie)["']?\s{0,8}[:,]\s{0,8}["']?)[^"'\n]+""", re.IGNORECASE)
_BEARER = re.compile(r"\b(bearer|basic)\s{1,8}[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE)
_USERINFO = re.compile(r"""(?<=://)[^/?#\s"'<>]*@""")


def is_secret(name: str) -> bool:
    """Whether what goes by this name is not to be shown."""
    return _NAMED.search(name[-100:]) is not None


def redacted(text: str, secrets: frozenset[str] = frozenset()) -> str:
    """The text without these secrets, without passwords in addresses, and without the values of secret names."""
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    text = _USERINFO.sub(f"{HIDDEN}@", text)
    text = _HEADER.sub(rf"\1{HIDDEN}", text)
    text = _SAID.sub(rf"\1{HIDDEN}", text)
    return _BEARER.sub(rf"\1 {HIDDEN}", text)
