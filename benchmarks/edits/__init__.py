"""Measures the editing tools: real hunks replayed with usual mistakes, and what the syntax gate catches."""
