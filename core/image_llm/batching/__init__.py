"""Several conversations in one forward pass."""
