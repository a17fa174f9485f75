"""What runs the repository's tests for the search, under the image's own Python (3.8 or newer, standard library only)."""

# Runs under Python 3.8 too, and asks the system in the cheapest way.
# ruff: noqa: UP006, UP007, UP031, UP035, UP037, UP045, PTH101, PTH103, PTH105, PTH108, PTH112, PTH114, PTH118, PTH123, PTH208, S101, D102, BLE001, E501
