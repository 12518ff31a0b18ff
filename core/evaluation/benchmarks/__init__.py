"""The official files of public benchmarks, as rows of one type."""
