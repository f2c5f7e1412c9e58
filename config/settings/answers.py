"""How the support desk answers, and when a matter is settled."""

from config.settings.env import boolean, integer

# Whether answers go to support+t1042-...@ of the mailbox, which names the ticket. A mail server that does not know such
# addresses would return them to the customer, and threads are found without them, too.
TICKET_PLUS_ADDRESSES = boolean("TICKET_PLUS_ADDRESSES", False)
# An answer that nobody contradicted for so long has resolved the matter.
TICKET_QUIET_HOURS = integer("TICKET_QUIET_HOURS", 72, minimum=1)
# Mails of one sender within ten minutes; what comes beyond that waits in quarantine for a person.
TICKET_MAILS_PER_SENDER = integer("TICKET_MAILS_PER_SENDER", 20, minimum=1)
