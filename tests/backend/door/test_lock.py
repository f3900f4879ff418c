import json
from pathlib import Path

from backend.door.lock import requirements

ROOT = Path(__file__).resolve().parents[3]


def test_a_package_is_pinned_with_its_extras_marker_and_hashes(tmp_path):
    lock = tmp_path / "Pipfile.lock"
    pin = {
        "version": "==1.2",
        "extras": ["fast", "small"],
        "markers": "python_version >= '3.12'",
        "hashes": ["sha256:aa", "sha256:bb"],
    }
    lock.write_text(json.dumps({"default": {"thing": pin}, "develop": {"other": {"version": "==3"}}}))

    assert requirements(lock, ["default"]) == (
        "thing[fast,small]==1.2 ; python_version >= '3.12' --hash=sha256:aa --hash=sha256:bb\n"
    )


def test_a_package_of_two_categories_is_named_once(tmp_path):
    lock = tmp_path / "Pipfile.lock"
    lock.write_text(json.dumps({"default": {"thing": {"version": "==1"}}, "develop": {"thing": {"version": "==1"}}}))

    assert requirements(lock, ["default", "develop"]) == "thing==1\n"


def test_the_committed_lock_names_no_index_and_has_a_hash_for_everything():
    content = json.loads((ROOT / "Pipfile.lock").read_text())

    assert content["_meta"]["sources"] == []
    for category in ("default", "develop"):
        assert all(pin["hashes"] and "index" not in pin for pin in content[category].values())
