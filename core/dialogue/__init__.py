"""A conversation about a clip, as text."""
