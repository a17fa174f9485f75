"""Repositories on the trusted host: hardened git, mirrors, template trees, workspaces, and the harvest of changes."""
