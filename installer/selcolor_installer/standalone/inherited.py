"""What pip inherits: a person's index, proxy, certificates and time-outs, and no other setting.

A constraint, `user = true`, a target folder and the like change what is installed, or where, and
are meant for another occasion.
"""

from __future__ import annotations

import ast
import os
import re

NEEDED_OF_PIP = {
    "cert": "PIP_CERT",
    "client-cert": "PIP_CLIENT_CERT",
    "default-timeout": "PIP_DEFAULT_TIMEOUT",
    "extra-index-url": "PIP_EXTRA_INDEX_URL",
    "find-links": "PIP_FIND_LINKS",
    "index-url": "PIP_INDEX_URL",
    "keyring-provider": "PIP_KEYRING_PROVIDER",
    "proxy": "PIP_PROXY",
    "retries": "PIP_RETRIES",
    "timeout": "PIP_TIMEOUT",
    "trusted-host": "PIP_TRUSTED_HOST",
}
"""A person's settings of pip that say where packages lie and how they are reached: their names in
configuration files, and the variables that say the same."""
CACHE = "PIP_CACHE_DIR"


def own_environment() -> dict[str, str]:
    """What the installed program inherits: nothing that is meant for another Python."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


def bare_environment() -> dict[str, str]:
    """What an installing program inherits: no setting that changes what is installed, or where."""
    kept = {
        name: value
        for name, value in own_environment().items()
        if name == CACHE or not name.startswith("PIP_")
    }
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
    found = {name: ast.literal_eval(text.strip()) for _section, name, text in lines}
    read = {NEEDED_OF_PIP[name]: text for name, text in found.items() if name in NEEDED_OF_PIP}
    chosen = {name: os.environ[name] for name in NEEDED_OF_PIP.values() if name in os.environ}
    return {**read, **chosen}
