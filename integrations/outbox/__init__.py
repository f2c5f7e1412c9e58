"""What leaves the product: rows with a state, sent by workers, each effect once.

A caller enqueues in its own transaction; a transport (mail, Telegram, webhook) carries the message out.
"""
