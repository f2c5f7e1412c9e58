"""What the assistant says of itself: its parts and their use, figures, health, status, and what it would ask."""
