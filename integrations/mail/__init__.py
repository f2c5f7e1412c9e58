"""Outgoing mail: over SMTP, through the outbox."""
