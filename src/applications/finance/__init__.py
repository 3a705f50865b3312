"""Prices, curves, hedges and scenarios from any energy of a financial model."""
