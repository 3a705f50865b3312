"""Markets, rates and portfolios: energies that stand for generators and for costs."""
