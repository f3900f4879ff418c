"""The GraphQL API: the schema, and the HTTP endpoint around it."""
