"""A worker: a supervisor that keeps in touch, and a child process per slot that runs task functions."""
