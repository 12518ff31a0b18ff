"""The clips: the player and all that stands below it."""
