"""Telegram's Bot API: a client, and a transport of the outbox."""
