"""Systems of finance: generators of diffusions, and optimal trades, as Hamiltonians."""
