"""A file becomes a clip and its sampled frames."""
