"""Sound becomes lines of speech."""
