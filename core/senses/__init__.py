"""What makes cues from a clip: hearing, reading, and the subtitles inside the file."""
