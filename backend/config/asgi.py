"""The ASGI entry point, for any server: the composition root, with the settings of the environment."""

import os
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from backend.config.application import Application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.config.settings")
django.setup()


def _composed() -> "Application":
    # What it is made of can be imported only once Django is set up.
    from backend.config.application import Application
    from backend.environment import environment

    return Application(environment)


application = _composed()
