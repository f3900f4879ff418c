"""What outlives the test in which it began, because it belongs to several: none of it counts as left behind."""

import threading

threads: set[threading.Thread] = set()
processes: set[int] = set()
