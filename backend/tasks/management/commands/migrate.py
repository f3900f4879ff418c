"""`manage.py migrate`: as Django's, but killed at any moment it can be run again.

Django writes down that a migration was applied after it has committed what the migration does, whenever that leaves
statements for the end: killed in between, every further run fails, for the tables are there already.
"""

from typing import Any, override

from django.core.management.commands import migrate
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ProjectState


class WholeMigrations(MigrationExecutor):
    """Applies a migration and writes that down in one transaction."""

    @override
    def apply_migration(
        self, state: ProjectState, migration: Migration, fake: bool = False, fake_initial: bool = False
    ) -> ProjectState:
        """As Django's."""
        if fake or fake_initial or not migration.atomic:
            return super().apply_migration(state, migration, fake=fake, fake_initial=fake_initial)
        if self.progress_callback:
            self.progress_callback("apply_start", migration, fake)
        with self.connection.schema_editor(atomic=True) as editor:
            state = migration.apply(state, editor)
            deferred, editor.deferred_sql = editor.deferred_sql, []
            for statement in deferred:
                editor.execute(statement, None)
            self.record_migration(migration.app_label, migration.name)
        if self.progress_callback:
            self.progress_callback("apply_success", migration, fake)
        return state


class Command(migrate.Command):
    """Django's, with another executor."""

    def handle(self, *args: Any, **options: Any) -> None:
        # There is no other way to give it one.
        migrate.MigrationExecutor = WholeMigrations  # type: ignore[attr-defined]
        super().handle(*args, **options)
