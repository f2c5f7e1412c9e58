"""What staff do with prompts, saved questions and comparisons."""
