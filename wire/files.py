"""How many files a process may have open: each that joins one of its topics, or asks it something, takes one."""

import resource


def as_many_as_allowed() -> int:
    """Raise this process's own limit to the one that it may not pass, and say how many that are.

    ZeroMQ ends a process in whose listener there is no room for another connection: the usual 1,024 are soon reached.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard
