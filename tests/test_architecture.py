"""The directions that import-linter holds, seen to be held, and what imports cannot say."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[1]
PACKAGES: Final = ("backend", "workers", "sink", "client", "wire")

# What each contract must catch: the words of its name, who says it, and what that module must not import.
VIOLATIONS: Final = [
    ("meet only on the wire", "workers.loop", "sink.machine"),
    ("meet only on the wire", "wire.topics", "backend.tasks"),
    ("meet only on the wire", "sink.loop", "backend.tasks"),
    ("meet only on the wire", "client.connection", "backend.tasks"),
    ("Inside the backend", "backend.tasks.lifecycle", "backend.api"),
    ("Inside the backend", "backend.ventilator.loop", "backend.api"),
    ("Inside the backend", "backend.api.apps", "backend.ventilator.machine"),
    ("Inside the backend", "backend.ventilator.loop", "backend.config"),
    ("Inside the backend", "backend.mirror.record", "backend.api"),
    ("Inside the backend", "backend.ventilator.loop", "backend.doctor"),
    ("know the demo", "backend.tasks.lifecycle", "backend.demo"),
    ("Door and supervisor", "backend.supervisor.loop", "django"),
    ("Door and supervisor", "backend.door.steps", "backend.tasks"),
    ("The door opens to the supervisor", "backend.door.steps", "backend.supervisor.settings"),
    ("__main__ above loop above machine", "sink.machine", "sink.loop"),
    ("Inside the ventilator", "backend.ventilator.load_table", "backend.ventilator.machine"),
    ("Inside the client", "client.handle", "client.client"),
    ("Inside the client", "client.connection", "client.command.screen"),
    ("The pure modules", "client.command.lines", "os"),
    ("The pure modules", "workers.machine", "time"),
    ("The pure modules", "sink.machine", "os"),
    ("The pure modules", "wire.codec", "random"),
    ("The pure modules", "wire.messages", "asyncio"),
    ("The pure modules", "backend.ventilator.choosing", "logging"),
    ("The pure modules", "backend.ventilator.machine", "secrets"),
    ("The pure modules", "backend.mirror.plan", "time"),
    ("The pure modules", "backend.tasks.lifecycle", "django"),
    ("The pure modules", "backend.supervisor.machine", "socket"),
    ("run without Django", "workers.loop", "django"),
    ("run without Django", "client.client", "django"),
    ("Only loops and the transports", "backend.api.apps", "zmq"),
    ("Only loops and the transports", "workers.machine", "zmq"),
]
WRITERS: Final = ("backend/tasks/store/", "backend/tasks/engines/", "backend/tasks/migrations/")
QUERYSET_WRITES: Final = frozenset({"update", "delete", "create", "get_or_create", "update_or_create"})
ALWAYS_WRITES: Final = frozenset({"save", "asave", "acreate", "aupdate", "adelete", "bulk_create", "bulk_update"})
QUERYSET_STEPS: Final = frozenset({"objects", "all", "filter", "exclude", "select_for_update"})
SQL_WRITE: Final = re.compile(
    r"\s*(INSERT\s+(INTO|OR)|REPLACE\s+INTO|UPDATE\s+\S+\s+SET\s+\S+\s*=|DELETE\s+FROM)", re.IGNORECASE
)
OUTSIDE: Final = frozenset({"open", "print", "input", "exec", "eval", "__import__"})


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def seeded(tmp_path_factory) -> str:
    """What lint-imports says of a copy of the sources that has every violation at once."""
    folder = tmp_path_factory.mktemp("tree")
    shutil.copy(ROOT / "pyproject.toml", folder)
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    for _, module, imported in VIOLATIONS:
        path = folder / f"{module.replace('.', '/')}.py"
        path.write_text(f"{path.read_text()}\nimport {imported}\n")
    return lint_imports(folder).stdout


def test_the_sources_keep_every_contract():
    ended = lint_imports(ROOT)

    assert ended.returncode == 0, ended.stdout


@pytest.mark.parametrize(("contract", "module", "imported"), VIOLATIONS, ids=lambda part: part.replace(" ", "-"))
def test_a_violation_of_each_contract_is_caught(seeded, contract, module, imported):
    told = details(seeded, contract)

    assert re.search(rf"{re.escape(module)}\s+->\s+{re.escape(imported)}\b", told), told or seeded


def test_every_contract_is_seen_to_catch_something():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]

    unseen = [c["name"] for c in contracts if not any(words in c["name"] for words, _, _ in VIOLATIONS)]

    assert unseen == []


def test_the_pure_modules_call_nothing_that_reads_or_writes_outside():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    pure = next(c["source_modules"] for c in contracts if c["name"].startswith("The pure modules"))

    found = {module: outside(tree(ROOT / f"{module.replace('.', '/')}.py")) for module in pure}

    assert {module: names for module, names in found.items() if names} == {}


def test_only_the_store_and_its_engines_write_the_record():
    found = {}
    for path in (ROOT / "backend").rglob("*.py"):
        name = path.relative_to(ROOT).as_posix()
        if not name.startswith(WRITERS) and (lines := writes(tree(path))):
            found[name] = lines

    assert found == {}


@pytest.mark.parametrize(
    "source",
    [
        "task.save()",
        "Task.objects.create(key='x')",
        "Task.objects.filter(key='x').exclude(seq=1).update(status=2)",
        "Task.objects.all().delete()",
        "Task.objects.bulk_create([])",
        "cursor.execute('update tasks_task set status = 1')",
        "cursor.execute(f'DELETE FROM {table}')",
    ],
)
def test_a_write_elsewhere_would_be_caught(source):
    assert writes(ast.parse(source))


@pytest.mark.parametrize("source", ["found.update({})", "'Update a set of'", "Task.objects.filter()"])
def test_what_is_no_write_is_left_alone(source):
    assert not writes(ast.parse(source))


@pytest.mark.parametrize("source", ["print(1)", "with open('x') as f: pass"])
def test_a_call_to_the_outside_would_be_caught(source):
    assert outside(ast.parse(source))


def details(said: str, contract: str) -> str:
    """The part of the report, after the summary, that is about the contract with these words in its name."""
    _, _, broken = said.partition("Broken contracts")
    parts = re.split(r"\n(?=[^\n]+\n-{3,}\n)", broken)
    return next((part for part in parts if contract in part.strip().partition("\n")[0]), "")


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def outside(module: ast.Module) -> set[str]:
    """The names by which a module calls what reads or writes outside of itself."""
    calls = (node.func for node in ast.walk(module) if isinstance(node, ast.Call))
    return {function.id for function in calls if isinstance(function, ast.Name)} & OUTSIDE


def writes(module: ast.Module) -> list[int]:
    """The lines on which a module writes to the database, as far as that can be read from its text."""
    found = []
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            verb = node.func.attr
            if verb in ALWAYS_WRITES or (verb in QUERYSET_WRITES and QUERYSET_STEPS & set(steps(node.func.value))):
                found.append(node.lineno)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL_WRITE.match(node.value):
            found.append(node.lineno)
    return found


def steps(expression: ast.expr) -> Iterator[str]:
    """The attribute names of a chain such as `Task.objects.filter(…).all()`, last one first."""
    while True:
        match expression:
            case ast.Call(func=inner):
                expression = inner
            case ast.Attribute(value=inner, attr=name):
                yield name
                expression = inner
            case _:
                return
