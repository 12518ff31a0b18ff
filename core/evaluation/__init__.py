"""Public benchmarks: answers, scores, a judge."""
