"""Conversations that stay: as files, and in the visitor's browser."""
