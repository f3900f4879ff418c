"""The Django app of the ventilator: it has a command and no tables."""

from django.apps import AppConfig


class VentilatorConfig(AppConfig):
    """The part that hands tasks to workers."""

    name = "backend.ventilator"
    label = "zonda_ventilator"
    verbose_name = "Zonda's ventilator"
