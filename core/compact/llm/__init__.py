"""What compact's LLM needs beside its weights."""
