"""One history from its seed, and the command that lives through it again."""

from collections.abc import Iterable

from tests.simulation.faults import Faults
from tests.simulation.violation import Violation
from tests.simulation.world import World


def live_through(seed: int, kinds: Iterable[str] = ()) -> World:
    """The history of that seed, with the faults given, or those that the seed draws.

    Violation when anything is not as it must be, with the command that shows it again.
    """
    given = sorted(kinds)
    world = World(seed, Faults(frozenset(given)) if given else None)
    try:
        world.live_through()
    except Exception as error:
        faults = ", ".join(sorted(world.faults.kinds)) or "none"
        again = f"./RUN.sh soak simulation --seeds 1 --first {seed}" + "".join(f" --fault {kind}" for kind in given)
        where = f"at {world.agenda.now:.3f} s of seed {seed}, faults: {faults}"
        if isinstance(error, Violation):
            raise Violation(error.number, f"{error.what}\n{where}\n{again}") from error
        raise AssertionError(f"{type(error).__name__}: {error}\n{where}\n{again}") from error
    return world
