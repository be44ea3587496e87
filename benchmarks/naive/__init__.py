"""Endpoints that other teams would write, to measure ours beside them; served in benchmarks and nowhere else."""
