"""Simulated histories by the ten thousand."""
