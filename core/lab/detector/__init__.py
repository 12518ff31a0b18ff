"""The detector of people and things: from its published graph to `assets/eyes`."""
