"""Tickets in any number for trying the product out at its size: made up, the same at every run."""
