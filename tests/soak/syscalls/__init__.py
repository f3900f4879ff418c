"""Processes killed at the n-th write, send or fsync of one life of a few tasks: `./RUN.sh soak syscalls --help`.

Whatever a process was about to tell the disk or another process at that moment, it never does. Afterwards it is started
again, and everything that was acknowledged must end, once, and as it should.
"""
