"""Drawn clips: scenes, their frames and features."""
