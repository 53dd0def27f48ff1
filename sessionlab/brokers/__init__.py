"""Who fills orders."""
