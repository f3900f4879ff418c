"""What `./RUN.sh bench page` asks of a browser, with a small record of its kind."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bench.browser import WITHIN, Unmeasured, first_rows
from tests.support.parts import Parts
from tests.support.specifications import chromium
from tests.support.stack import ROOT, free_port
from tests.support.waiting import wait_until


@pytest.mark.timeout(WITHIN + 90)
def test_of_every_list_it_is_told_when_its_first_rows_are_painted(tmp_path: Path) -> None:
    chromium()
    home = tmp_path / "home"
    home.mkdir()
    subprocess.run([sys.executable, "-m", "bench.fixtures.million", str(home), "2000", "5"], cwd=ROOT, check=True)
    with Parts(home) as zonda:
        zonda.begin("backend").wait_until_ready()
        wait_until(zonda.ready, 30, "the backend answers")

        spans = first_rows(zonda.url, 2)

    assert len(spans) == 5
    for name, each in spans.items():
        assert len(each) == 2, name
        # The page itself cannot be there sooner.
        assert min(each) > 10, name


def test_without_a_browser_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)

    with pytest.raises(Unmeasured, match="no chromium-headless-shell or chromium"):
        first_rows("http://127.0.0.1:8000/", 1)


@pytest.mark.timeout(WITHIN + 90)
def test_where_no_list_comes_nothing_is_told(tmp_path: Path) -> None:
    chromium()

    with pytest.raises(Unmeasured, match="ERR_CONNECTION_REFUSED"):
        first_rows(f"http://127.0.0.1:{free_port()}/", 1)
