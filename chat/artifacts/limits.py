"""How large a mini-page and what it is made from may be, in characters."""

TASK_LENGTH = 4000
TITLE_LENGTH = 120
HTML_LENGTH = 60_000
CSS_LENGTH = 40_000
JS_LENGTH = 80_000
# A template's data as JSON.
DATA_LENGTH = 20_000
