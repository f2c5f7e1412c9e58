"""Documents from folders, archives, tables and websites, and what has changed since they were last imported."""
