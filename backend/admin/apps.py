"""The Django app of the admin: it brings its templates and its one file of style, and no tables."""

from django.apps import AppConfig


class AdminConfig(AppConfig):
    """Zonda's part of Django's admin."""

    name = "backend.admin"
    label = "zonda_admin"
    verbose_name = "Zonda's admin"
