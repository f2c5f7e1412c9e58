"""How the support desk decides."""

from config.settings.env import integer

# Threads of one worker process that decide on mails at the same time.
TRIAGE_AT_ONCE = integer("TRIAGE_AT_ONCE", 3, minimum=1)
# Answers without a person to one customer within an hour; what comes after them is drafted.
AUTOPILOT_ANSWERS_PER_HOUR = integer("AUTOPILOT_ANSWERS_PER_HOUR", 6, minimum=1)
# The newest reviewed or sent answers of a mailbox that tell whether its autopilot does well.
AUTOPILOT_WINDOW = integer("AUTOPILOT_WINDOW", 20, minimum=5)
