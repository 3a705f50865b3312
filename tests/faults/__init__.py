"""What happens to runs when things die. Not in the default paths: run by make test-faults."""

import os

SEED = int(os.environ.get("FAULTS_SEED", "0"))
"""Decides when things die; printed, so that a failure can be met again."""
