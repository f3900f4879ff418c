"""The Django app of the doctor."""

from django.apps import AppConfig


class DoctorConfig(AppConfig):
    """The doctor."""

    name = "backend.doctor"
    label = "zonda_doctor"
    verbose_name = "Zonda's doctor"
