"""What the simulation looks for."""


class Violation(AssertionError):
    """One of the promises of architecture.md has been broken; the text begins with its number."""
