"""Instants, to the second, so that they can be compared with those in the logs."""

DATETIME_FORMAT = r"Y-m-d H:i:s \U\T\C"
