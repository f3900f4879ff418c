"""What is around the record: the version of SQLite, the file system, the disk, who may read the secrets, migrations."""

import shutil
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from backend.doctor.findings import Check, Finding, breach, warning
from backend.environment import Environment

WAL_RESET_FIXED: Final = (3, 51, 3)
"""Before it, two connections that checkpoint at the same moment may, rarely, lose the one's last writes."""

LITTLE_SPACE: Final = 500 * 1024 * 1024
LARGE_WAL: Final = 256 * 1024 * 1024
NETWORKED: Final = frozenset(
    {
        "9p",
        "afs",
        "beegfs",
        "ceph",
        "cifs",
        "fuse.glusterfs",
        "fuse.s3fs",
        "fuse.sshfs",
        "lustre",
        "nfs",
        "nfs4",
        "smb3",
        "smbfs",
    }
)
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def checks(environment: Environment, mounts: Path = Path("/proc/mounts")) -> tuple[Check, ...]:
    """What can be asked of the surroundings of this record."""
    return (
        Check("migrations", "the database has every migration", migrations),
        Check("SQLite", "its version and journal are what Zonda is made for", sqlite),
        Check("disk", "there is room, and the disk is this machine's own", lambda: disk(environment, mounts)),
        Check("secrets", "nobody else can read what is secret", lambda: secrets(environment)),
    )


def migrations() -> Iterator[Finding]:
    executor = MigrationExecutor(connection)
    missing = [f"{one.app_label} {one.name}" for one, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())]
    do = "`./RUN.sh` applies them when it starts; or `.venv/bin/python backend/manage.py migrate`."
    if any(name.startswith("zonda ") for name in missing):
        yield breach("the record is older than this code: it has not every migration", missing, do)
    elif missing:
        yield warning(f"{len(missing)} migrations are not applied", missing, do)


def sqlite(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> Iterator[Finding]:
    if version < WAL_RESET_FIXED:
        yield warning(
            f"SQLite is {'.'.join(map(str, version))}: before 3.51.3 two connections that checkpoint at once may, "
            "rarely, lose writes",
            [],
            "Zonda lets only the ventilator checkpoint, so leave it that way: open the record with no other tool that "
            "writes while Zonda runs. A Python with a newer SQLite ends it.",
        )
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode")
        mode = str(cursor.fetchone()[0])
        cursor.execute("PRAGMA synchronous")
        synchronous = int(cursor.fetchone()[0])
    if mode not in ("wal", "memory"):
        yield warning(
            f"the journal mode is {mode}: readers and writers keep each other waiting",
            [],
            "Something else has changed it; stop what has the database open, and Zonda's next start sets it to wal.",
        )
    if synchronous < 2:
        yield warning(
            "commits are not written through to the disk: a power loss may undo what was acknowledged",
            [],
            "DATABASES['default']['OPTIONS']['init_command'] must have PRAGMA synchronous=FULL.",
        )


def disk(environment: Environment, mounts: Path) -> Iterator[Finding]:
    folder = environment.database.parent
    kind = _file_system(folder, mounts)
    if kind in NETWORKED:
        yield warning(
            f"the record lies on {kind}, a file system of the network: SQLite's locks may not hold there",
            [str(folder)],
            "Move ZONDA_HOME (or DATABASE_URL) to a disk of this machine.",
        )
    free = shutil.disk_usage(folder).free
    if free < LITTLE_SPACE:
        yield warning(
            f"only {free // 1024 // 1024} MiB are free beside the record",
            [str(folder)],
            "Make room, or keep tasks for less long (ZONDA_RETENTION): without room nothing can be created.",
        )
    log = environment.database.with_name(f"{environment.database.name}-wal")
    if log.exists() and (size := log.stat().st_size) > LARGE_WAL:
        yield warning(
            f"the write-ahead log has {size // 1024 // 1024} MiB: nobody has checkpointed for long",
            [str(log)],
            "The ventilator does it as it writes; look whether it runs, and for who reads in one long transaction.",
        )


def _file_system(folder: Path, mounts: Path) -> str:
    """The kind of file system that a folder is on; empty where the system does not tell."""
    try:
        lines = mounts.read_text().splitlines()
    except OSError:
        return ""
    found, kind = "", ""
    here = folder.resolve()
    for line in lines:
        _, place, name, *_ = line.split(" ")
        # Blanks in a path are written as octal numbers there.
        place = place.replace("\\040", " ")
        if here.is_relative_to(place) and len(place) >= len(found):
            found, kind = place, name
    return kind


def secrets(environment: Environment) -> Iterator[Finding]:
    home = environment.home
    private = [home.path, home.sockets(), home.path / "service-token", home.path / "secret-key"]
    if not environment.database.is_relative_to(home.path):
        private.append(environment.database)
    readable = [path for path in private if path.exists() and path.stat().st_mode & _OTHERS]
    if readable:
        yield warning(
            f"{len(readable)} files or folders are open to other users of this machine",
            [f"{path} ({stat.filemode(path.stat().st_mode)})" for path in readable],
            f"chmod go= {' '.join(str(path) for path in readable)}",
        )
