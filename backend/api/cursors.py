"""Places in an order as texts that mean nothing to clients."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

from backend.tasks.refusals import BadInput


def encoded(text: str) -> str:
    """Three parts at most, with colons between, as a cursor; the last one may have colons itself."""
    return urlsafe_b64encode(text.encode()).decode()


def parts(cursor: str) -> list[str]:
    """What was encoded, part by part; ValueError when nothing was."""
    return urlsafe_b64decode(cursor.encode()).decode().split(":", 2)


def no_cursor(argument: str, text: str) -> BadInput:
    """The refusal of what is no cursor at all."""
    return BadInput(argument, f"{text[:80]!r} is no cursor; take one from the pageInfo of an answer")


def of_another_order(argument: str, its_own: str, asked_for: str) -> BadInput:
    """The refusal of a cursor of another order than the one that is asked for."""
    return BadInput(
        argument,
        f"is a place in the order by {its_own}, and what is asked for is ordered by {asked_for}; "
        "take one from an answer in the same order",
    )
