"""The endpoint that most teams would write, to measure ours beside it. It is served in benchmarks and nowhere else."""
