"""What a procedure answers GIMP: a result, a cancel, or an error that a person understands."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any

from gi.repository import Gimp, GLib

from selcolor_plugin import texts
from selcolor_plugin.daemon_sentences import error_text
from selcolor_plugin.errors import UserCancelled
from selcolor_protocol.errors import SelectiveColorizeError

GROUP = "group"


def answer(procedure: Any, do: Callable[[], Any]) -> Any:
    """Do the work and answer; an error never becomes a traceback in a terminal alone.

    Args:
        procedure: what was called.
        do: the work; what it returns is the procedure's only return value, None for no value.
    """
    try:
        value = do()
    except UserCancelled:
        return procedure.new_return_values(Gimp.PDBStatusType.CANCEL, GLib.Error())
    except SelectiveColorizeError as error:
        return failure(procedure, *error_text(error))
    except Exception as error:
        traceback.print_exc()
        return failure(procedure, *texts.unexpected(error))
    values = procedure.new_return_values(Gimp.PDBStatusType.SUCCESS, GLib.Error())
    if value is not None:
        values.remove(1)
        values.insert(1, value)
    return values


def failure(procedure: Any, sentence: str, hint: str) -> Any:
    """An error, which GIMP shows to the user."""
    error = GLib.Error.new_literal(Gimp.PlugIn.error_quark(), f"{sentence}\n{hint}", 0)
    return procedure.new_return_values(Gimp.PDBStatusType.EXECUTION_ERROR, error)
