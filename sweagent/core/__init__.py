"""Pure values of the field: no I/O, no clock, no import from any other floor."""
