"""Session indicators: frozen recipes, and causal functions of columns that they name."""
