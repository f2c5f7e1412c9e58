"""Database work of comparisons, on threads of its own.

Looking passages up may ask a provider, whose bookkeeping waits for the threads of integrations.calls.db: on those
threads, enough lookups at once would wait for themselves.
"""

from integrations.calls.db import DatabaseThreads

in_db = DatabaseThreads("compare-db", 4).run
