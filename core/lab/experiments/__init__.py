"""Variations of the training that were tried."""
