"""The record: every task, attempt, worker and queue, and all that may be done to them."""
