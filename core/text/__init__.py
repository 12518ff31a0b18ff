"""Text that strangers bring: read from bytes, cleaned on entry, normalised for a model."""
