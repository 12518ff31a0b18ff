"""Questions about drawn clips, with right answers."""
