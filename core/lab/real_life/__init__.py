"""Real footage, what is seen in it, and whether what a model says about it is true."""
