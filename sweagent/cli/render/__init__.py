"""Events as text for people: pure functions from events to lines, and two printers for them."""
