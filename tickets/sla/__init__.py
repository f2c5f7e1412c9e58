"""How soon customers are answered: office hours, deadlines, warnings."""
