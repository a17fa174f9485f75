"""The code index and the tools over it: what is defined where, who uses it, and edits by symbol."""
