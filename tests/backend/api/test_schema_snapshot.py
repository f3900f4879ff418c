from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from graphql import GraphQLObjectType

from backend.api.management.commands import schema as command
from backend.api.schema import schema


def test_the_committed_schema_is_the_code_s():
    call_command("schema", "--check")


def test_a_difference_is_shown_and_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "schema.graphql"
    path.write_text("type Query { gone: Int }\n")
    monkeypatch.setattr(command, "PATH", path)
    shown = StringIO()

    with pytest.raises(CommandError):
        call_command("schema", "--check", stdout=shown)
    assert "-type Query { gone: Int }" in shown.getvalue()

    call_command("schema")
    call_command("schema", "--check")


def test_everything_of_ours_is_described():
    silent = [
        f"{name}.{field}"
        for name, kind in schema.graphql_schema.type_map.items()
        if isinstance(kind, GraphQLObjectType) and not name.startswith("__")
        for field, one in kind.fields.items()
        if not one.description or not all(argument.description for argument in one.args.values())
    ]

    assert silent == []
