"""The Django backend: the record of tasks, its GraphQL API, the ventilator; and what RUN.sh starts everything with."""
