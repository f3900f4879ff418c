"""Example task functions, always there."""
