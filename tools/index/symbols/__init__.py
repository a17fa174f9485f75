"""Edits by symbol: what belongs to a definition, and how a new text fits its place."""
