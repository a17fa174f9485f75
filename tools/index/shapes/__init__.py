"""Rewrites code by its shape: patterns with variables, matched in syntax trees."""
