"""Webhooks out: what happens here is told to addresses that staff have entered, signed by Standard Webhooks."""
