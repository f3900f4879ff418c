"""Deliberate breaches, each a switch that a test throws; nothing of the product knows of them."""
