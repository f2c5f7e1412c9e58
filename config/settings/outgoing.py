"""Requests to addresses that people or models choose: what is reachable, how long and how much."""

from config.settings.env import integer, words

# `host`, `host:port`, `network/bits` or `network/bits:port`; without a port only OUTGOING_PORTS are open there.
INTERNAL_HOSTS = words("INTERNAL_HOSTS")
# `host`, `.domain` with all below it, `network/bits`; comes before everything else.
DENIED_HOSTS = words("DENIED_HOSTS")
OUTGOING_PORTS = words("OUTGOING_PORTS", "80,443,8080,8443")
OUTGOING_TIMEOUT_SECONDS = integer("OUTGOING_TIMEOUT_SECONDS", 30, minimum=1, maximum=600)
OUTGOING_MAX_BYTES = integer("OUTGOING_MAX_BYTES", 1_048_576, minimum=1024)
