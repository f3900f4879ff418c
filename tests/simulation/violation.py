"""What the simulation looks for."""


class Violation(AssertionError):
    """One of the promises of architecture.md has been broken: `number` says which, `what` how.

    "spins" is none of them: a machine asks to be told at once that time has passed, again and again.
    """

    def __init__(self, number: str, what: str) -> None:
        super().__init__(f"{number}: {what}")
        self.number = number
        self.what = what
