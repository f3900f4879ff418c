"""The Django backend: the record of tasks, its GraphQL API and the ventilator."""
