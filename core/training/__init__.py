"""The recipe: a temporal module for any Image LLM, trained on rows of instruction data."""
