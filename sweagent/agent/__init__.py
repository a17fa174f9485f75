"""Agents: strategies behind one protocol. They see a task and a sandbox, never the host."""
