"""How much of one mail is looked at. What goes beyond is cut and named in its `defects`; the raw mail stays whole."""

MAX_BYTES = 50 * 1024 * 1024
MAX_DEPTH = 16
MAX_PARTS = 500
MAX_HEADERS = 1_000
MAX_HEADER_BLOCK = 1024 * 1024
MAX_HEADER_VALUE = 32 * 1024
MAX_DECODED = 40 * 1024 * 1024
MAX_TEXT = 500_000
MAX_HTML = 2_000_000
MAX_ATTACHMENTS = 200
MAX_ADDRESSES = 500
MAX_REFERENCES = 100
# Of too many references so many of the oldest stay; the rest are the newest.
FIRST_REFERENCES = 10
MAX_DEFECTS = 50
