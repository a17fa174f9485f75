"""Who uses a name, and is it surely that symbol: references, callers, renames."""
