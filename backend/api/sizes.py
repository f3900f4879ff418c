"""How many entries of a list may be asked for at once."""

from backend.tasks.refusals import BadInput

DEFAULT_PAGE = 50
MAX_PAGE = 500


def size(field: str, number: int | None, *, usual: int = DEFAULT_PAGE, least: int = 0, most: int = MAX_PAGE) -> int:
    """The size asked for, or the usual one; BadInput for one that is too small or too large."""
    if number is None:
        return usual
    if not least <= number <= most:
        raise BadInput(field, f"{number} is outside {least} to {most}")
    return number
