"""The case store: PostgreSQL, its tables and its migrations. What is in it is guarded by the database itself."""
