"""Where the journal, the outbox and the rest are kept: SQLite, PostgreSQL, memory."""
