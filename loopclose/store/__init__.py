"""What is kept: SQLAlchemy models beside their queries, a module a table group; SQLite or PostgreSQL."""
