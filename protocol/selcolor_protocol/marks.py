"""What says that a machine made the colors of a picture, in files and in images of editors."""

from __future__ import annotations

SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
DIGITAL_SOURCE_TYPE = SOURCE_TYPES + "compositeWithTrainedAlgorithmicMedia"
"""IPTC's term for a photo of which a part was made by a trained model."""

MARKED = (DIGITAL_SOURCE_TYPE, SOURCE_TYPES + "trainedAlgorithmicMedia")
"""Terms that say as much or more; a picture that has one keeps it."""

STATEMENT = "The colors of this picture were made by a machine: they are a guess and no record."
"""For people; without a comma, at which some programs cut."""
