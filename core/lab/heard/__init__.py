"""What is said and written in clips made for it, and whether a model's answers about that are true."""
