"""Learning from finished turns: a row for each, one model call, done once."""
