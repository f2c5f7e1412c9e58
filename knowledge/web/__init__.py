"""Websites as sources: their pages become documents and are looked at again on a schedule."""
