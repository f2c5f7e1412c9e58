"""Mailboxes that are read over IMAP. Nothing is deleted or marked there, and other programs may read them, too."""
