"""What models are told: texts that the code ships, their versions by staff, and comparisons of them."""
