"""Clips as requests bring them: uploaded before, inside the request, or at an address."""
