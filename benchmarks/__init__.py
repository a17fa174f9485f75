"""Task suites, and measurements of the framework itself against its peers."""
