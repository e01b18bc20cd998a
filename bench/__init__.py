"""Benchmarks: each is a ratio against a raw baseline that is measured in the same run."""

import os

# Benchmarks start processes between gRPC calls; none of them uses gRPC after a fork.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
