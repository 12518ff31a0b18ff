"""The server of the page: its options, and what it knows of each visitor."""
