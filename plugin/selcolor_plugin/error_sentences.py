"""One general sentence for each error that the daemon reports, by its code, to be translated.

The daemon's own words are English and exact: they hold names, sizes and versions. In a language
that has a translation, the sentence of this table goes before them.
"""

from __future__ import annotations

from selcolor_plugin.translation import marked

GENERAL_SENTENCES = {
    "protocol_error": marked("The plugin and the daemon do not understand each other."),
    "version_mismatch": marked("The plugin and the daemon are of different versions."),
    "unknown_session": marked("The daemon does not know this session any more."),
    "daemon_not_found": marked("The daemon could not be started."),
    "daemon_gone": marked("The daemon stopped answering; your image is unchanged."),
    "connection_file_error": marked("The daemon cannot be reached."),
    "relay_failed": marked("The helper process between the editor and the daemon ended."),
    "busy": marked("Too many jobs are waiting already."),
    "cancelled": marked("The job was cancelled; your image is unchanged."),
    "worker_crashed": marked("The program that colorizes broke off; your image is unchanged."),
    "out_of_memory": marked("There is not enough memory for this photo."),
    "invalid_options": marked("One of the settings is out of its range."),
    "unsupported_raster": marked("Photos of this kind cannot be colorized."),
    "unknown_model": marked("There is no such model."),
    "model_not_installed": marked("A model is not installed."),
    "corrupt_weights": marked("A model's file is damaged."),
    "job_failed": marked("The photo could not be colorized; your image is unchanged."),
}
