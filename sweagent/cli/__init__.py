"""The command line: parses, prints events, and chooses the exit status. It holds no state of its own."""
