"""One module a set of tables; ``revision`` and ``down_revision`` make them a single line."""
