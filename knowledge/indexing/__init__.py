"""The index: passages, their terms and vectors, in versions of which one is live."""
