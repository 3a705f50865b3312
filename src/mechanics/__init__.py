"""Floor 0: the theorems. Pure functions of any energy, known or learned; torch only."""
