"""Program repair by search, inside the wall: rank suspicious lines, propose small edits, keep what the tests prove."""
