"""The drawer of settings."""
