"""What the nasty task functions have in common."""

KEPT: list[object] = []

LONG = 3600
"""Seconds that no test takes."""


class Done(Exception):
    """It has done what it wanted."""
