"""What the assistant can do beside writing: one registry, in which other apps register their tools, too."""
