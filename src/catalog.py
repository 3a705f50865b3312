"""What there is, and what fits with what: ``python -m src.catalog systems|models``."""

from __future__ import annotations

import argparse


def main() -> None:
    """Print the catalogue of systems or of models."""
    parser = argparse.ArgumentParser(prog="python -m src.catalog", description=__doc__)
    parser.add_argument("what", choices=("systems", "models"), help="which catalogue")
    parser.add_argument("--config-dir", help="a folder with options of your own")
    arguments = parser.parse_args()

    import torch

    from .config import listing

    torch.set_num_threads(1)  # hundreds of small nets: threads would only wait for each other
    print(listing.render(arguments.what, arguments.config_dir))


if __name__ == "__main__":
    main()
