"""Trading as values and folds: orders, the rules by which they fill, costs, limits, and the ledger."""
