"""The provider, simulated: its own process, settings and database. No imports either way."""
