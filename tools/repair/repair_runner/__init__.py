"""What runs the repository's tests for the search, under the image's own Python (3.8 or newer, only its library)."""

# Runs under Python 3.8 too, and asks the system in the cheapest way.
