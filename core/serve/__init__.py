"""The API: what OpenAI's clients ask for, answered by the engine. Knows no page."""
