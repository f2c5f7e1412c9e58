"""How good search is: test questions, what became of them, figures with their uncertainty, and the threshold."""
