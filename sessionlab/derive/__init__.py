"""Causal recipes: what is made of rows that came."""
