"""What the assistant's work teaches it: judged answers, lessons for later ones, a personality that moves with them."""
