"""Django's settings for tests: Zonda's own, on a home that is made for the run and goes with it."""

import atexit
import os
import shutil
import tempfile

_home = tempfile.mkdtemp(prefix="zonda-test-")
atexit.register(shutil.rmtree, _home, ignore_errors=True)
# Before anything reads it: a Zonda on the default home must never be woken or written to by a test.
os.environ["ZONDA_HOME"] = _home
# Processes that a test starts are to be as they are in earnest.
os.environ["DJANGO_SETTINGS_MODULE"] = "backend.config.settings"

from backend.config.settings import *  # noqa: E402, F403
