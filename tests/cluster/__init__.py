"""Sweeps on a real Slurm, on this machine. Not in the default paths: run by make test-slurm."""
