"""Measures the editing tools: real hunks replayed with models' usual mistakes, and the syntax gate's catches and alarms."""
