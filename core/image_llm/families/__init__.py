"""One file for each family of Image LLMs whose checkpoints come from a hub or a folder."""
