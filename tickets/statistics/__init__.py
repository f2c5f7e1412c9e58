"""The figures of the desk by day and mailbox: counted in the background, read quickly."""

from tickets.statistics.reading import Figures, by_day, figures, total

__all__ = ["Figures", "by_day", "figures", "total"]
