"""Editing files: exact-match ladder, syntax gate, safe writes with undo, patches."""
