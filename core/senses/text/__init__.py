"""Pictures become lines of text."""
