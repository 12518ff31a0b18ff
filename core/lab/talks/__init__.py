"""What an LLM is taught to say about clips: made-up situations, drawn clips, small talk."""
