"""Reads one file: what it defines and imports, and which words it holds."""
