"""Who computes when: turns of the processor, and answers that are written in one forward pass."""
