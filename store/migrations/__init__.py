"""The steps from one schema to the next (Alembic); `store.schema` runs them."""
