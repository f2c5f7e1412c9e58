"""Colours that stay readable: WCAG contrast of #rrggbb colours."""

import re

HEX = re.compile(r"#[0-9a-fA-F]{6}")
ENOUGH = 4.5
LIGHT_SURFACES = ("#ffffff", "#f7f6f3")
DARK_SURFACES = ("#161719", "#222427")
WHITE, BLACK = "#ffffff", "#000000"


def contrast(one: str, other: str) -> float:
    """From 1 (the same) to 21 (black on white)."""
    brighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def ink_on(colour: str) -> str:
    """White where it can be read, else black: one of the two always reaches 4.5:1."""
    return WHITE if contrast(WHITE, colour) >= ENOUGH else BLACK


def for_text(colour: str, *, dark: bool) -> str:
    """The colour, moved as little as needed towards black or white to be read on our surfaces."""
    surfaces = DARK_SURFACES if dark else LIGHT_SURFACES
    target = WHITE if dark else BLACK
    for step in range(21):
        mixed = mix(colour, target, step / 20)
        if all(contrast(mixed, surface) >= ENOUGH for surface in surfaces):
            return mixed
    return target


def mix(colour: str, other: str, share: float) -> str:
    """`share` (0..1) of `other` in `colour`."""
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)
