"""Imported by every Python that has this folder on its path: lets it read a test's registry."""

import os
from pathlib import Path

from selcolor_backend.models import registry

registry.MODELS_FILE = Path(os.environ["SELCOLOR_TEST_REGISTRY"])
