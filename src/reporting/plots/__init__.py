"""Figures, from arrays alone. Each module draws one; none touches pyplot's global state."""
