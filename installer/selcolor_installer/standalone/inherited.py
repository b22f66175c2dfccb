"""What pip inherits: a person's index, proxy, certificates and time-outs, and no other setting.

A constraint, `user = true`, a target folder and the like change what is installed, or where, and
are meant for another occasion.
"""

from __future__ import annotations

import ast
import os
import re

NEEDED_OF_PIP = {
    "PIP_CERT",
    "PIP_CLIENT_CERT",
    "PIP_DEFAULT_TIMEOUT",
    "PIP_EXTRA_INDEX_URL",
    "PIP_FIND_LINKS",
    "PIP_INDEX_URL",
    "PIP_KEYRING_PROVIDER",
    "PIP_PROXY",
    "PIP_RETRIES",
    "PIP_TIMEOUT",
    "PIP_TRUSTED_HOST",
}
"""A person's settings of pip that say where packages lie and how they are reached."""
CACHE = "PIP_CACHE_DIR"


def own_environment() -> dict[str, str]:
    """What the installed program inherits: nothing that is meant for another Python."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


def bare_environment() -> dict[str, str]:
    """What an installing program inherits: no setting that changes what is installed, or where."""
    own = own_environment()
    kept = {name: own[name] for name in own if name == CACHE or not name.startswith("PIP_")}
    return {**kept, "PIP_CONFIG_FILE": os.devnull}


def asking_environment() -> dict[str, str]:
    """What `pip config list` inherits: it reads the configuration files, and is not silent."""
    files = os.environ.get("PIP_CONFIG_FILE", "")
    return {**bare_environment(), "PIP_CONFIG_FILE": files, "PIP_QUIET": "0"}


def settings_of_pip(listing: str) -> dict[str, str]:
    """What a person needs of pip's settings, as variables; those that are set already win.

    Args:
        listing: what `pip config list` printed.
    """
    lines = re.findall(r"(?m)^(global|install)\.([\w-]+)=(.*)$", listing)
    # pip may list every file with a setting, the strongest last: their order has to stay.
    lines.sort(key=lambda line: line[0])
    read = {f"PIP_{name.upper().replace('-', '_')}": text for _section, name, text in lines}
    values = {name: ast.literal_eval(text.strip()) for name, text in read.items()}
    return {name: text for name, text in {**values, **os.environ}.items() if name in NEEDED_OF_PIP}
