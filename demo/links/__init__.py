"""Links to clips: the line for them on the page, and what they lead to."""
