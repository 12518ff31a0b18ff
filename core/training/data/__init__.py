"""Rows of instruction data, the features of their clips, and the order in which they are trained on."""
