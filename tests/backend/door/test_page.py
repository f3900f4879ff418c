import pytest

from backend.door import page
from backend.door.page import suits
from backend.door.steps import do


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


def test_the_page_of_one_checkout_is_not_that_of_another_which_shares_its_packages(root):
    stamp = list(page.steps(root))[-1].stamp

    assert stamp.parent == root / "frontend" / "dist"


@pytest.fixture
def installed(monkeypatch):
    """The options of each npm ci; what it would remove is left alone."""
    calls: list[tuple[str, ...]] = []
    monkeypatch.setattr(page, "_install", lambda root, *options: calls.append(options))
    return calls


def test_packages_for_development_hold_those_for_building(root, installed):
    page.development_packages(root).make()

    assert page.packages(root).is_done()


def test_packages_for_building_do_not_hold_those_for_development(root, installed):
    do(page.packages(root), lambda text: None)

    assert installed == [("--omit=dev",)]
    assert page.packages(root).is_done()
    assert not page.development_packages(root).is_done()


def test_a_start_after_the_lock_changed_does_not_take_away_what_was_installed_for_development(root, installed):
    do(page.development_packages(root), lambda text: None)
    (root / "frontend/package-lock.json").write_text("changed")

    do(page.packages(root), lambda text: None)

    assert installed == [(), ()]
    assert page.development_packages(root).is_done()
