import pytest

from chat.widgets.colours import DARK_SURFACES, ENOUGH, LIGHT_SURFACES, contrast, for_text, ink_on
from chat.widgets.pages import panel_colours

STEPS = range(0, 256, 51)
COLOURS = [f"#{red:02x}{green:02x}{blue:02x}" for red in STEPS for green in STEPS for blue in STEPS]


def test_contrast_is_that_of_wcag():
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_text_on_any_accent_can_be_read():
    assert min(contrast(ink_on(colour), colour) for colour in COLOURS) >= ENOUGH


@pytest.mark.parametrize(("dark", "surfaces"), [(False, LIGHT_SURFACES), (True, DARK_SURFACES)])
def test_any_accent_can_be_read_on_our_surfaces(dark, surfaces):
    for colour in COLOURS:
        shown = for_text(colour, dark=dark)
        assert min(contrast(shown, surface) for surface in surfaces) >= ENOUGH, colour


def test_an_accent_that_can_be_read_stays_as_it_is():
    assert for_text("#0b6e63", dark=False) == "#0b6e63"


def test_all_pairs_of_the_panel_can_be_read():
    for colour in COLOURS[::7]:
        shown = panel_colours(colour)
        for ink, ground in [("brand_ink", "brand"), ("light_ink", "light"), ("dark_ink", "dark")]:
            assert contrast(shown[ink], shown[ground]) >= ENOUGH, (colour, ink)
