"""The stages of compact's training."""
