"""What those who look after a Zonda ask it: whether it is ready, and what it has done so far."""
