"""Copies what the record says of each task to Redis, for whoever would rather ask there."""
