"""Lines that a mail program has broken softly (RFC 3676) are one line again."""


def unflow(text: str, *, delsp: bool) -> str:
    """`delsp`: the blank before a soft break is no part of the text."""
    out: list[str] = []
    open_depth = -1
    for raw in text.split("\n"):
        depth, line = _depth(raw)
        flowed = line.endswith(" ") and line != "-- "
        body = line[:-1] if flowed and delsp else line
        if open_depth == depth and line != "-- ":
            out[-1] += body
        else:
            out.append(("> " if depth else "").replace("> ", ">" * depth + " ") + body)
        open_depth = depth if flowed else -1
    return "\n".join(out)


def _depth(line: str) -> tuple[int, str]:
    """How many times the line is quoted, and the line without marks and stuffing."""
    rest = line.lstrip(">")
    return len(line) - len(rest), rest.removeprefix(" ")
