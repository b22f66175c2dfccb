"""What GIMP runs when the packages in `vendor` cannot be imported: the menu entries tell why."""

from __future__ import annotations

import sys
from typing import Any, ClassVar

from gi.repository import Gimp, GLib

from .labels import COLORIZE, UPDATE, document
from .language import translate as _


class BrokenPlugIn(Gimp.PlugIn):
    """The same procedures, each of which answers with an error.

    Attributes:
        reason: what could not be imported.
    """

    reason: ClassVar[str] = ""

    def do_set_i18n(self, _name: str) -> bool:
        """GIMP is given translated texts, and binds no catalog of its own."""
        return False

    def do_query_procedures(self) -> list[str]:
        """The procedures' names."""
        return [COLORIZE, UPDATE]

    def do_create_procedure(self, name: str) -> Any:
        """Describe a procedure to GIMP."""
        procedure = Gimp.ImageProcedure.new(self, name, Gimp.PDBProcType.PLUGIN, self._fail, None)
        document(procedure, name)
        return procedure

    def _fail(self, procedure: Any, *_arguments: Any) -> Any:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        text = _(
            "Selective Colorize cannot start with this GIMP's Python {version}: {reason}. "
            "Your image is unchanged.\n"
            "Run the installer of Selective Colorize again: it finds this GIMP."
        ).format(version=version, reason=self.reason)
        error = GLib.Error.new_literal(Gimp.PlugIn.error_quark(), text, 0)
        return procedure.new_return_values(Gimp.PDBStatusType.EXECUTION_ERROR, error)
