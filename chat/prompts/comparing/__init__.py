"""Asking the questions of a comparison: claimed by a lease, resumed after a crash, stopped when cancelled."""
