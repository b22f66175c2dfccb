"""A gray image becomes RGB, while Krita's own Channels docker does not look."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from krita import Document

from .errors import not_converted
from .profiles import LINEAR_PROFILE, SRGB_PROFILE
from .qt import QAbstractTableModel, QApplication, QEvent, QObject

CHANNELS_DOCKER = "ChannelDocker"


def is_gray(document: Document) -> bool:
    """Whether an image is grayscale: colored layers would show gray."""
    return bool(document.colorModel() == "GRAYA")


def convert_to_rgb(document: Document) -> None:
    """Make a grayscale image RGB with the same depth and curve: an undo step of its own.

    Raises:
        CannotInsert: Krita did not; the image is unchanged.
    """
    is_linear = "g10" in document.colorProfile()
    profile = LINEAR_PROFILE if is_linear else SRGB_PROFILE
    with channels_docker_at_rest():
        document.setColorSpace("RGBA", document.colorDepth(), profile)
        document.waitForDone()
    if is_gray(document):
        raise not_converted()


class Deafness(QObject):
    """Keeps from an object what other threads ask of it."""

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Whether an event ends here."""
        return bool(event.type() == QEvent.Type.MetaCall)


@contextmanager
def channels_docker_at_rest() -> Iterator[None]:
    """Keep Krita's Channels docker from making thumbnails of an image that is being converted.

    Krita delivers the docker's queued signals while `setColorSpace` waits for its threads. The
    docker then reads the projection that these write, and may never return: Krita hangs. What it
    misses here it sees as soon as the image is idle.
    """
    deafness = Deafness()
    dockers = [each for each in QApplication.allWidgets() if each.objectName() == CHANNELS_DOCKER]
    models = [model for each in dockers for model in each.findChildren(QAbstractTableModel)]
    for model in models:
        model.installEventFilter(deafness)
    try:
        yield
    finally:
        for model in models:
            model.removeEventFilter(deafness)
