"""Held-out clips, scores and the ablation."""
