"""A Django app whose task functions put markup wherever a task can put text, and markup from outside."""
