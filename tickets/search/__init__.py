"""Full-text search over tickets: subjects, texts, names and addresses, by base forms of Russian and English words."""

from tickets.search.finding import find_tickets, search_tickets

__all__ = ["find_tickets", "search_tickets"]
