"""How mail comes in: the webhooks, their secrets and limits."""

from config.settings.env import env, integer, words

# Whoever posts mails to /api/webhook/email shows it. Without it, only programs on this machine may.
EMAIL_WEBHOOK_SECRET = env.str("EMAIL_WEBHOOK_SECRET", default="").strip()
# Of one request: a mail of 25 MB is a third longer in JSON.
EMAIL_WEBHOOK_MAX_BYTES = integer("EMAIL_WEBHOOK_MAX_MB", 40, minimum=1, maximum=200) * 1_000_000
# Mailboxes with an IMAP server are looked into so often where the server cannot tell of new mail.
IMAP_POLL_SECONDS = integer("IMAP_POLL_SECONDS", 60, minimum=5)

# Providers that deliver by webhook: those that are switched on, and what they sign with. Providers that do not sign
# show EMAIL_WEBHOOK_SECRET as the password of HTTP basic.
EMAIL_PROVIDERS = [name.lower() for name in words("EMAIL_PROVIDERS")]
MAILGUN_WEBHOOK_SIGNING_KEY = env.str("MAILGUN_WEBHOOK_SIGNING_KEY", default="").strip()
MAILERSEND_INBOUND_SECRET = env.str("MAILERSEND_INBOUND_SECRET", default="").strip()
POSTAL_WEBHOOK_KEY = env.str("POSTAL_WEBHOOK_KEY", default="").strip()
