"""The sink: gathers what workers report, and has the backend write it into the record."""
