"""How deeply JSON may be nested: so that all who read it later, on any Python and in the database, have room for it."""

import re
from typing import Final

MAX_DEPTH: Final = 200
TOO_DEEP: Final = f"is nested more than {MAX_DEPTH} levels deep"

_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]')


def too_deep(text: str) -> bool:
    """Whether arrays and objects stand more than MAX_DEPTH levels inside each other in this JSON text."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return False
    depth = 0
    for found in _BRACKETS.finditer(text):
        match found[0]:
            case "[" | "{":
                depth += 1
                if depth > MAX_DEPTH:
                    return True
            case "]" | "}":
                depth -= 1
    return False
