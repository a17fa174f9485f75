"""The tools and their resident server. Everything here runs inside the wall; the host never imports it."""
