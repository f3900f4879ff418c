"""A Django app whose task functions leave traces outside the product, for tests to compare the record with."""
