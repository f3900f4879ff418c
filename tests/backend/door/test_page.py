import pytest

from backend.door import page
from backend.door.page import suits


@pytest.mark.parametrize("version", ["v20.19.0", "v20.20.2", "v22.12.0", "v22.13.1", "v23.0.0", "v24.1.0"])
def test_a_node_that_vite_runs_on_suits(version):
    assert suits(version)


@pytest.mark.parametrize("version", ["", "v18.20.0", "v20.18.3", "v21.7.0", "v22.11.0", "20.19.0", "nonsense"])
def test_an_older_node_or_none_does_not(version):
    assert not suits(version)


@pytest.fixture
def root(tmp_path):
    for name in (
        "backend/api/schema.graphql",
        "frontend/package-lock.json",
        "frontend/src/page.tsx",
        "frontend/node_modules/thing/index.js",
        "frontend/dist/index.html",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


def built(root):
    return list(page.steps(root))[-1].digest


@pytest.mark.parametrize("name", ["backend/api/schema.graphql", "frontend/src/page.tsx", "frontend/package-lock.json"])
def test_the_page_is_built_again_when_a_source_of_it_changes(root, name):
    before = built(root)

    (root / name).write_text("changed")

    assert built(root) != before


@pytest.mark.parametrize("name", ["frontend/node_modules/thing/index.js", "frontend/dist/index.html"])
def test_what_was_made_for_the_page_is_none_of_its_sources(root, name):
    before = built(root)

    (root / name).write_text("changed")

    assert built(root) == before


def test_packages_for_development_hold_those_for_building(root, monkeypatch):
    monkeypatch.setattr(page, "_install", lambda root, *options: None)

    page.development_packages(root).make()

    assert page.packages(root).is_done()


def test_packages_for_building_do_not_hold_those_for_development(root, monkeypatch):
    step = page.packages(root)
    step.stamp.parent.mkdir()
    step.stamp.write_text(step.digest)

    assert step.is_done()
    assert not page.development_packages(root).is_done()
