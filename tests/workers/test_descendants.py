import os
import subprocess
import sys

import pytest

from workers.descendants import children, children_by_parent, kill_strays

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="orphans are found on Linux alone")


def test_the_children_of_a_process_are_found_with_and_without_the_systems_list():
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        assert process.pid in children()
        assert process.pid in children_by_parent(os.getpid())
        assert os.getpid() not in children()
    finally:
        process.communicate(b"\n")

    assert process.pid not in children()


def test_a_child_whose_name_is_no_text_is_found_without_the_systems_list():
    code = "import ctypes; ctypes.CDLL(None).prctl(15, b') 1 (\\xff'); print(flush=True); input()"
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        process.stdout.readline()
        assert process.pid in children_by_parent(os.getpid())
    finally:
        process.communicate(b"\n")


def test_a_process_that_adopts_nobody_has_no_strays():
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        assert not kill_strays()
        assert process.poll() is None
    finally:
        process.communicate(b"\n")
