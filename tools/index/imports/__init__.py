"""Imports of a file: what each brings in, where they stand in the syntax tree, where one more belongs."""
