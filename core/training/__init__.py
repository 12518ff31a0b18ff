"""How the trained parts of a model are made: clips, questions, alignment, instruction tuning."""
