"""VideoChat and what it is made of."""
