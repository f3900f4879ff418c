"""Whether the database keeps the rules that Zonda leaves to it: a guard, what is there once, and its indexes."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from django.db.models import Model, UniqueConstraint

from backend.doctor.findings import Finding, breach, warning

GUARD: Final = "zonda_task_terminal"
_GUARDS: Final = (
    f"CREATE TRIGGER {GUARD} BEFORE UPDATE ON zonda_task "
    "WHEN OLD.status IN ('FAILED', 'FINISHED') AND (NEW.round IS NOT OLD.round + 1 OR NEW.status IS NOT 'QUEUEING') "
    "BEGIN SELECT RAISE(ABORT, 'a task that has ended does not change'); END"
)
"""As the migrations leave it."""

_MAKE_ANEW: Final = "Stop Zonda and run `.venv/bin/python backend/manage.py migrate zonda 0003 && … migrate zonda`."
_REBUILD: Final = (
    "Something else than Zonda has changed the tables. Stop Zonda, keep a copy of the file, have `manage.py migrate` "
    "make a record at another place, and copy the rows into it."
)


def guard(connection: Any) -> Iterator[Finding]:
    """Whether the database refuses to change a task that has ended."""
    found = _triggers(connection).get(GUARD)
    if found is None:
        yield breach("the database does not refuse to change a task that has ended", [f"trigger {GUARD}"], _MAKE_ANEW)
    elif found != _GUARDS:
        yield breach(
            "what refuses to change a task that has ended is not what it should be", [f"trigger {GUARD}"], _MAKE_ANEW
        )


def strangers(connection: Any) -> Iterator[Finding]:
    """Triggers of somebody else's: they change what they like, and in the middle of our transactions."""
    others = sorted(_triggers(connection).keys() - {GUARD})
    if others:
        yield warning(
            f"{len(others)} triggers of the database are not Zonda's",
            [f"trigger {name}" for name in others],
            "If you have not made them, look what they do.",
        )


def unique(connection: Any, model: type[Model], *names: str) -> Iterator[Finding]:
    """Whether the database refuses a second row with the same values in these fields."""
    column_of = {field.name: field.column for field in model._meta.concrete_fields}
    columns = [column_of[name] for name in names]
    there = _constraints(connection, model)
    if not any(one["columns"] == columns and (one["unique"] or one["primary_key"]) for one in there.values()):
        table = model._meta.db_table
        yield breach(
            f"the database does not refuse what is there already in {table}", [", ".join(map(str, columns))], _REBUILD
        )


def uniques(connection: Any, models: Iterable[type[Model]]) -> Iterator[Finding]:
    """The same of all that these declare."""
    for model in models:
        yield from unique(connection, model, *(field.name for field in model._meta.pk_fields))
        for field in model._meta.local_concrete_fields:
            if field.unique and not field.primary_key:
                yield from unique(connection, model, field.name)
        for constraint in model._meta.constraints:
            if isinstance(constraint, UniqueConstraint):
                yield from unique(connection, model, *constraint.fields)


def indexes(connection: Any, models: Iterable[type[Model]]) -> Iterator[Finding]:
    """Those that are not there, of all that these declare: every answer is right without, and may take for ever."""
    missing = [
        f"index {index.name} of {model._meta.db_table}"
        for model in models
        for there in [_constraints(connection, model)]
        for index in model._meta.indexes
        if index.name not in there
    ]
    if missing:
        yield warning(f"{len(missing)} indexes are missing", missing, _REBUILD)


def _triggers(connection: Any) -> dict[str, str]:
    """Those on our tables, each with its text in one line."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'zonda!_%' ESCAPE '!'"
        )
        return {name: " ".join(text.split()) for name, text in cursor.fetchall()}


def _constraints(connection: Any, model: type[Model]) -> dict[str, Any]:
    with connection.cursor() as cursor:
        found: dict[str, Any] = connection.introspection.get_constraints(cursor, model._meta.db_table)
    return found
