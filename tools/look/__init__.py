"""Reading without changing: files, folders, text search."""
