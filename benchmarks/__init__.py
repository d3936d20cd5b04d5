"""Benchmarks: what a synchronization costs, as ratios. Run with: make bench."""
