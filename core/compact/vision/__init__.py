"""Compact's vision encoder."""
