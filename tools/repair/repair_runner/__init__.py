"""What runs the repository's tests for the search, under the image's own Python (3.8 or newer, standard library only)."""
