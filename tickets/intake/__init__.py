"""`take_in(raw, source=...)`: every received mail ends in exactly one place that people can see."""

from tickets.intake.storing import Taken, take_in

__all__ = ["Taken", "take_in"]
