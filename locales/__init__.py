"""The texts of the page, one catalogue for each language."""
