"""The Django app of the mirror: it has a command and no tables."""

from django.apps import AppConfig


class MirrorConfig(AppConfig):
    """The part that copies tasks to Redis."""

    name = "backend.mirror"
    label = "zonda_mirror"
    verbose_name = "Zonda's mirror"
