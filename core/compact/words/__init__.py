"""The words that compact's eyes know, in English and Chinese."""
