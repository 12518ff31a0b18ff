"""What is said and written in the clips: heard and read in the background, shown beside them."""
