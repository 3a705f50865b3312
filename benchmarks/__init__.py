"""Speed against peers and their idioms, as ratios in one run on one machine."""
