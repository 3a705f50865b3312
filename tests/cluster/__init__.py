"""Sweeps on a real Slurm, on this machine alone. Not in the default paths: run by make test-slurm."""
