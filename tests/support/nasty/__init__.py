"""A Django app whose task functions do to their process whatever there is that one should not."""
