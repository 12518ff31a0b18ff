"""Files that come with the program: the compact model and the example clips."""
