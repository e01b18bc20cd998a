"""Benchmarks: each is a ratio against a raw baseline that is measured in the same run."""
