"""What others may want to know of mini-pages. Receivers run in the transaction of the change: they may only enqueue."""

from django.dispatch import Signal

# `artifact` and `actor`; `artifact.rating` from 4 on is a success.
artifact_rated = Signal()
