"""What a visitor may ask next, and what the clip is, said unasked."""
