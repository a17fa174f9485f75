"""Running a repository's tests and understanding what they said."""
