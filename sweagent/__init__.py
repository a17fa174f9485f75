"""A tech lead that dispatches tasks to an army of sandboxed coding agents."""

__version__ = "0.1.0"
