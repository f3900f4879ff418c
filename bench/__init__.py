"""Benchmarks, one command each: `.venv/bin/python -m bench.<name>`. Figures of different runs do not compare."""
