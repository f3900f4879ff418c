"""The ventilator: hands tasks to workers. It decides in pure modules, and a loop obeys them."""
