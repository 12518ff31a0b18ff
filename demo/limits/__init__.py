"""What one visitor may take of what all share: places, time, the disk."""
