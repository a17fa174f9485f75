"""The append-only event log: the only truth about every run. Everything else is a fold of it."""
