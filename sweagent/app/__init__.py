"""Use cases: one function per thing that a person can ask of the program."""
