"""Experiments and benchmarks, each one command: `python -m experiments.NAME`."""
