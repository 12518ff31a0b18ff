"""The models that visitors choose from."""
