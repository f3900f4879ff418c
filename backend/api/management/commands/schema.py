"""`manage.py schema`: write the schema beside the code, or see whether it is the code's."""

from argparse import ArgumentParser
from difflib import unified_diff
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from graphql import print_schema

from backend.api.schema import schema

PATH = Path(__file__).resolve().parents[2] / "schema.graphql"


class Command(BaseCommand):
    """Write backend/api/schema.graphql."""

    help = "Write backend/api/schema.graphql from the code; with --check, fail when it differs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="write nothing; fail when the file differs from the code"
        )

    def handle(self, *_: Any, check: bool, **__: Any) -> None:
        there = PATH.read_text() if PATH.exists() else ""
        now = print_schema(schema.graphql_schema) + "\n"
        if not check:
            PATH.write_text(now)
        elif there != now:
            changes = unified_diff(there.splitlines(), now.splitlines(), "schema.graphql", "the code", lineterm="")
            self.stdout.write("\n".join(changes))
            raise CommandError("backend/api/schema.graphql is not what the code says: run ./RUN.sh schema")
