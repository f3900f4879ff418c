import os

import pytest

from backend.supervisor.sources import modification_times


@pytest.fixture
def root(tmp_path):
    for name in ("backend/api/one.py", "wire/__init__.py", "backend/api/schema.graphql", "frontend/two.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def test_an_edited_python_file_is_a_change(root):
    before = modification_times(root)

    os.utime(root / "backend/api/one.py", ns=(1, 1))

    assert modification_times(root) != before


def test_a_new_python_file_is_a_change(root):
    before = modification_times(root)

    (root / "wire/new.py").touch()

    assert modification_times(root) != before


@pytest.mark.parametrize("name", ["backend/api/schema.graphql", "frontend/two.py"])
def test_what_no_process_runs_is_no_change(root, name):
    before = modification_times(root)

    os.utime(root / name, ns=(1, 1))

    assert modification_times(root) == before
