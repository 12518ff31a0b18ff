"""What the engine asks of an Image LLM, and how one is loaded."""
