"""The Django app of the record."""

from django.apps import AppConfig


class TasksConfig(AppConfig):
    """The record of tasks."""

    name = "backend.tasks"
    label = "zonda"
    verbose_name = "Zonda"
