"""What a result says of itself: a result that needs a word is still a result, not an error."""

from __future__ import annotations

from enum import Enum


class Note(str, Enum):
    """Something that a user should know of a result: a value for programs, a sentence for people.

    Values travel in `Done.notes`. A client adds those that only it can know.
    """

    NOTHING_FOUND = "nothing_found"
    """The segmenter found nothing of what was asked for."""

    NOTHING_AT_POINT = "nothing_at_point"
    """What was asked for was found, but not at the point that was given."""

    NOTHING_IN_SELECTION = "nothing_in_selection"
    """What was asked for was found, but not within the selection."""

    MASK_IS_EMPTY = "mask_is_empty"
    """The mask that came with the photo is black everywhere."""

    SELECTION_IS_EMPTY = "selection_is_empty"
    """The selection that came with the photo is black everywhere."""

    HINTS_ARE_EMPTY = "hints_are_empty"
    """The hints that came with the photo are transparent everywhere."""

    HINTS_ARE_EVERYWHERE = "hints_are_everywhere"
    """The hints that came with the photo are transparent nowhere."""

    HINTS_HAVE_NO_NUMBERS = "hints_have_no_numbers"
    """Some of the hints' samples are not-a-number or infinite."""

    HINTS_ARE_TOO_STRONG = "hints_are_too_strong"
    """The photo's brightness leaves most of the hinted colors no room for their chroma."""

    MASK_ALPHA_WAS_USED = "mask_alpha_was_used"
    """A cut-out was given as the mask, and what is transparent in it was masked out."""

    PICTURE_CANNOT_TAKE_COLOR = "picture_cannot_take_color"
    """Every pixel is pure black or pure white."""

    PROFILE_WAS_IGNORED = "profile_was_ignored"
    """The photo's ICC profile is broken, or meant for other channels."""

    COLORS_BECAME_SRGB = "colors_became_srgb"
    """The photo's ICC profile is a table, with which new colors cannot be labeled."""

    COLORIZER_LEFT_DEVICE = "colorizer_left_device"
    """The colorizer ran on the processor, because the graphics card's memory did not suffice."""

    SEGMENTER_LEFT_DEVICE = "segmenter_left_device"
    """The segmenter ran on the processor, because the graphics card's memory did not suffice."""

    MEMORY_WAS_SHORT = "memory_was_short"
    """Memory ran out, so that work was done again in smaller parts."""

    NETWORK_SAW_LESS = "network_saw_less"
    """Memory ran out, so that a network was shown the photo at half of its size, or less."""

    FLOATS_BECAME_INTEGERS = "floats_became_integers"
    """The files cannot hold the photo's floating-point numbers."""

    OTHER_PICTURES_LEFT_OUT = "other_pictures_left_out"
    """The file holds thumbnails, doubles or an infrared scan beside the photo."""

    EXTRA_CHANNELS_LEFT_OUT = "extra_channels_left_out"
    """Pixels have samples beside colors and alpha."""

    FILE_IS_BLEMISHED = "file_is_blemished"
    """The file is not quite sound, but every pixel is whole."""

    BLACK_WAS_ASSUMED = "black_was_assumed"
    """The file does not say whether 0 is black or white."""

    METADATA_LEFT_OUT = "metadata_left_out"
    """The results cannot hold all that the photo tells of itself, or it is broken."""

    TRANSPARENCY_LEFT_OUT = "transparency_left_out"
    """JPEG has no transparency."""

    NETWORKS_HAVE_CHANGED = "networks_have_changed"
    """What is made again is made by other weights than at that time."""

    @property
    def sentence(self) -> str:
        """What it says to the user, and what can be done where something can."""
        return _SENTENCES[self]


_SENTENCES = {
    Note.NOTHING_FOUND: (
        "Nothing was found of what should get its color, so the mask is empty: paint on it, "
        "or choose everything, another class or another segmenter."
    ),
    Note.NOTHING_AT_POINT: (
        "Nothing of what should get its color was found at that point, so the mask is empty: "
        "paint on it, or choose another point."
    ),
    Note.NOTHING_IN_SELECTION: (
        "Nothing of what should get its color was found within the selection, so the mask is "
        "empty: paint on it, or select a larger part."
    ),
    Note.MASK_IS_EMPTY: "The mask is black everywhere.",
    Note.SELECTION_IS_EMPTY: "Nothing is selected: the selection is black everywhere.",
    Note.HINTS_ARE_EMPTY: (
        "There are no color hints: the layer is transparent everywhere, so the colors are those "
        "without it."
    ),
    Note.HINTS_ARE_EVERYWHERE: (
        "The color hints cover the whole photo, so nothing was left to guess: erase them where "
        "color shall be found."
    ),
    Note.HINTS_HAVE_NO_NUMBERS: (
        "Some pixels of the color hints hold no valid numbers; they were left out."
    ),
    Note.HINTS_ARE_TOO_STRONG: (
        "Most of the hinted colors are stronger than the photo's brightness allows, so they came "
        "out paler, in the same hue."
    ),
    Note.MASK_ALPHA_WAS_USED: "Where the mask's picture is transparent, nothing gets its color.",
    Note.PICTURE_CANNOT_TAKE_COLOR: (
        "The photo is pure black and white without any gray, and those two cannot take color."
    ),
    Note.PROFILE_WAS_IGNORED: (
        "The photo's color profile is broken or meant for another kind of picture, so it was "
        "ignored."
    ),
    Note.COLORS_BECAME_SRGB: (
        "The photo's color profile is a table, as scanners have them, so the colors came back "
        "in sRGB."
    ),
    Note.COLORIZER_LEFT_DEVICE: (
        "The colorizer ran on the processor, because the graphics card's memory did not suffice."
    ),
    Note.SEGMENTER_LEFT_DEVICE: (
        "The segmenter ran on the processor, because the graphics card's memory did not suffice."
    ),
    Note.MEMORY_WAS_SHORT: (
        "Memory was short, so the work was done in smaller parts, which takes longer and changes "
        "nothing."
    ),
    Note.NETWORK_SAW_LESS: (
        "Memory was short, so a network saw the photo at half of the usual size or less: colors "
        "and edges may be coarser."
    ),
    Note.FLOATS_BECAME_INTEGERS: (
        "Floats became integers, cut to the range from 0 to 1; TIFF keeps them."
    ),
    Note.OTHER_PICTURES_LEFT_OUT: (
        "The file holds more than one picture: the largest was taken, and --page takes another."
    ),
    Note.EXTRA_CHANNELS_LEFT_OUT: (
        "The photo has channels that do not say what they are, such as infrared or a selection "
        "that was saved: they were left out."
    ),
    Note.FILE_IS_BLEMISHED: (
        "The file is not quite sound, but no pixel is missing: copy it again if you can."
    ),
    Note.BLACK_WAS_ASSUMED: (
        "The file does not say how its numbers become gray, so 0 was taken as black."
    ),
    Note.METADATA_LEFT_OUT: (
        "Not all that the photo tells of itself (EXIF, IPTC, XMP) could be kept; PNG and TIFF hold "
        "the most."
    ),
    Note.NETWORKS_HAVE_CHANGED: (
        "The networks are not those of that time, so the colors may be others."
    ),
    Note.TRANSPARENCY_LEFT_OUT: "JPEG has no transparency, so white shows through.",
}
