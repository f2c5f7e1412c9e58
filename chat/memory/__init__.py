"""What the assistant remembers of a person: short texts, each with where it comes from and how sure it is.

A memory belongs to one user or one visitor; callers without identity have none. `recall` finds what fits a question,
`services` change what is remembered, `extraction` learns from finished turns in the background.
"""
