"""How compact's own parts were made and measured; the engine needs nothing of it."""
