"""The daemon's sentences that can reach an editor, to be translated: data of `daemon_sentences`.

What is said on the wire of programs to programs (a malformed message) is not among them. A test
compares them with the sources of daemon and protocol.
"""

from __future__ import annotations

from selcolor_plugin.translation import marked

GENERAL = {
    "protocol_error": marked(
        "The plugin and the program that colorizes do not understand each other."
    ),
    "version_mismatch": marked(
        "The plugin and the program that colorizes are of different versions."
    ),
    "unknown_session": marked("The program that colorizes does not know this session any more."),
    "connection_file_error": marked("The program that colorizes cannot be reached."),
    "relay_failed": marked("The helper between the editor and the program that colorizes ended."),
    "worker_crashed": marked("The program that colorizes broke off; your image is unchanged."),
    "out_of_memory": marked("There is not enough memory for this photo."),
    "invalid_options": marked("One of the settings is out of its range."),
    "unsupported_raster": marked("Photos of this kind cannot be colorized."),
    "unknown_model": marked("There is no such model."),
    "model_not_installed": marked("A model is not installed."),
    "corrupt_weights": marked("A model's file is damaged."),
    "download_failed": marked("The download failed."),
    "job_failed": marked("The photo could not be colorized; your image is unchanged."),
}
"""By the code of an error that the plugin itself never raises, for sentences that are not known."""

PARTS = (
    marked("The picture"),
    marked("This picture"),
    marked("{number} GB"),
    marked("{number} MB"),
    marked("a link"),
    marked("no folder"),
    marked("killed by {signal}"),
    marked("ended with status {number}"),
    marked("no word for {seconds} s"),
    marked("takes nothing"),
    marked("does not leave a cancelled job"),
)
"""Of sentences, where they are words themselves."""

TEMPLATES = frozenset(
    (
        *PARTS,
        # The connection
        marked("The program that colorizes was stopped."),
        marked("Try again; it is started anew."),
        marked("The job was cancelled."),
        marked("Nothing was changed."),
        marked("The program that colorizes did not answer within {seconds} s."),
        marked("Try again; if it stays silent, run `selcolor stop --force`."),
        marked("The program that colorizes runs, but takes no pictures; your photo is untouched."),
        marked("Run `selcolor stop --force` and try again."),
        marked("The program that colorizes stopped answering; your photo is untouched."),
        marked("Try again; the program that colorizes is started anew."),
        marked("The connection file {path} cannot be read."),
        marked("The connection file {path} can be read by others, so it is not trusted."),
        marked("Delete the file and try again."),
        marked(
            "The program that colorizes runs (process {process}), but has not answered for "
            "{seconds} s: it hangs, or the machine is very busy."
        ),
        marked("Wait a little and try again, or run `selcolor stop --force` to end it."),
        marked("The program that colorizes could not be started."),
        marked(
            "Run `selcolor daemon --foreground` in a terminal to see why, or `selcolor doctor`."
        ),
        marked(
            "The program {program} that starts the program that colorizes cannot be run ({reason})."
        ),
        marked("Install Selective Colorize again, or run `selcolor doctor`."),
        marked(
            "The helper process between this editor and the program that colorizes ended; your "
            "photo is untouched."
        ),
        marked("Try again; if it happens again, `selcolor doctor` tells more."),
        marked(
            "The program that colorizes that runs is too old for this editor, whose Python has no "
            "pyzmq."
        ),
        marked("Run `selcolor stop`, then try again: the new one is started."),
        marked("The helper process {program} that this editor needs cannot be run ({reason})."),
        marked(
            "This editor comes as a Flatpak, and the plugin in it lacks a part that only the "
            "installer of Selective Colorize puts there; your photo is untouched."
        ),
        marked("Run the installer again: it finds this editor. Then restart the editor."),
        marked("The runtime folder {folder} belongs to another user, so it is not used."),
        marked("The runtime folder {folder} is {kind}, so it is not trusted."),
        marked("The runtime folder {folder} is open to other users, so it is not trusted."),
        marked("The runtime folder {folder} cannot be made ({reason})."),
        marked("Set {variable} to a folder of your own."),
        marked("Remove it, or set {variable} to a folder of your own."),
        marked("Make it yours alone (chmod 700), or set {variable}."),
        # Versions
        marked(
            "Update the plugin and the program that colorizes to the same version of Selective "
            "Colorize."
        ),
        marked(
            "{editor} {version} speaks protocol {number}, the program that colorizes {other} "
            "speaks protocol {another}."
        ),
        marked(
            "Update Selective Colorize, then run `selcolor stop`: the old program that colorizes "
            "still runs."
        ),
        marked(
            "Update {editor}'s plugin to the version of the program that colorizes, and restart "
            "{program}."
        ),
        # Waiting, ending
        marked("{count} jobs of this program are already waiting."),
        marked("Wait for one to finish, or cancel one, and try again."),
        marked(
            "The program that colorizes already holds pictures of {held}, and this one of {size} "
            "would be too much."
        ),
        marked("Wait for one to finish and try again, or raise SELCOLOR_MEMORY_SHARE."),
        marked("The program that colorizes already serves {count} programs."),
        marked("Close an editor window and try again."),
        marked("The program that colorizes does not know this session any more."),
        marked("Try again."),
        marked("The picture stopped coming."),
        marked("The program that colorizes met an error of its own; your photo is untouched."),
        marked("Something unexpected went wrong; your photo is untouched."),
        marked("Run `selcolor doctor`, and report the log file that it names."),
        marked("The process that colorizes ended unexpectedly; your photo is untouched."),
        marked("The process that colorizes was lost ({reason}); your photo is untouched."),
        # Memory
        marked(
            "The system ended the process that colorizes (killed by SIGKILL), most likely because "
            "memory ran out; your photo is untouched."
        ),
        marked(
            "The system ended the process that colorizes (killed by SIGKILL), most likely because "
            "memory ran out (this one needs {size}); your photo is untouched."
        ),
        marked("Close other programs, or scale the picture down."),
        marked("There is not enough memory for a picture of this size; it is untouched."),
        marked("There is not enough memory to run {model}; the picture is unchanged."),
        marked("Close other programs, or choose a smaller model."),
        marked(
            "{photo} has {width} × {height} pixels and needs about {size} of memory; {limit} "
            "megapixels are allowed, and it has {count}. It is untouched."
        ),
        marked("Scale it down, work on a part of it, or set {variable} to a larger number."),
        marked(
            "{photo} has {width} × {height} pixels and needs about {size} of memory, but {free} "
            "are free. It is untouched."
        ),
        marked("Close other programs, scale it down, or work on a part of it."),
        # The photo and the settings
        marked("{photo} has {width} × {height} pixels, which is too small to colorize."),
        marked("Choose a picture with at least {count} pixels on each side."),
        marked("{photo} has {width} × {height} pixels, which is too narrow to colorize."),
        marked("Crop it: its long side may be {count} times the short one at most."),
        marked("A raster of {width} × {height} pixels is larger than {count} megapixels."),
        marked("Scale the picture down, or work on a part of it."),
        marked("The selection is to be colored, but there is none."),
        marked("Select something, or color the main subject."),
        marked("{name} {value} is not between {lowest} and {highest}."),
        marked("Choose a value in that range; {default} is the default."),
        marked("No class to color was chosen."),
        marked("Choose `main` for the main subject."),
        marked("The subject finder does not know “{name}”; it knows {names}."),
        marked("Choose one of these, or a subject finder that knows it."),
        marked("Choose one of these; no other subject finder knows it, either."),
        marked("{source} is “{value}”, which is no number above 0."),
        marked("Write one such as {example}."),
        marked("The settings in {path} cannot be read ({reason})."),
        marked("Mend the file, or remove it."),
        # Networks
        marked("There is no {kind} named {name}."),
        marked("Choose one of: {names}."),
        marked("The weights of {model} are not on this machine."),
        marked("Install Selective Colorize again; this file comes with it."),
        marked("Run `selcolor models get {model}`."),
        marked("Run `selcolor models get {model} --file PATH` with weights of your own training."),
        marked("Run `selcolor models get {model} --file PATH` to import it."),
        marked("No weights of {model} are published that could be downloaded."),
        marked(
            "{file} is damaged: its size or SHA-256 is not the recorded one. It was not loaded."
        ),
        marked(
            "Nothing vouches for {file}: it was copied by hand, or its record is gone. It was not "
            "loaded."
        ),
        marked(
            "Nothing vouches for {file}: its record is gone, or of another file. It was not loaded."
        ),
        marked("{path} cannot be read ({reason})."),
        marked("{file} does not hold weights; it was not loaded."),
        marked("{file} does not fit the architecture of {model}; it was not loaded."),
        # Downloads
        marked("The download of {file} broke off ({reason}); {kept} of {size} bytes are kept."),
        marked("Check the network and try again: it goes on from there."),
        marked("Check the network and try again."),
        marked("Try again: it goes on from there."),
        marked("Try again: it starts from the beginning."),
        marked("{address} answered {answer}."),
        marked("Try again later, or set SELCOLOR_MODELS_URL to a mirror."),
        marked("{host} cannot be reached ({reason})."),
        marked(
            "{host} does not go on where the last download stopped; what was kept has been removed."
        ),
        marked("{address} is not an address of the web."),
        marked("Correct or unset SELCOLOR_MODELS_URL."),
        marked("{folder} cannot be written ({reason})."),
        marked("Set SELCOLOR_MODELS_DIR to a folder that you may write."),
        marked("The disk of {folder} is too full: {needed} are needed and {free} are free."),
        marked("Free some space, or set SELCOLOR_MODELS_DIR to a folder on another disk."),
        marked("The disk of {folder} is full; what was downloaded is kept."),
        marked("Free some space and try again: it goes on from there."),
        marked(
            "The download of {file} is not the file that was published: its SHA-256 differs. It "
            "was removed."
        ),
        marked("Try again; if it fails again, the server or the mirror is wrong."),
        marked("{file} is being downloaded by another program already."),
        marked("Wait until that is done, or cancel it there and try again: it goes on from there."),
        marked("{file} could not be written ({reason}); the download is kept."),
        marked("Free some space and try again: it is not downloaded anew."),
        marked("The process that downloads was lost ({reason}); what has come is kept."),
        marked(
            "Something unexpected went wrong; {model} was not installed, what has come is kept."
        ),
        marked("The download was cancelled."),
        marked("What has come is kept."),
        # What networks are, as a download is offered
        marked("torchvision's DeepLabv3 on ResNet101, as in the paper: twenty kinds of things."),
        marked("Zhang et al. 2017: muted colors that follow painted hints far."),
        marked("Kang et al. 2023 on ConvNeXt-T: the largest step in colors that a laptop bears."),
        marked(
            "Kang et al. 2023 on ConvNeXt-L, its authors' default: vivid colors; for GPUs, or for "
            "patience."
        ),
        marked(
            "As ddcolor-large, trained without reward for colorfulness: fewer patches of strong "
            "red."
        ),
        marked("Zheng et al. 2024 on Swin-T: the main subject of any kind, with fine edges."),
        marked(
            "As birefnet-lite, for photos of 4 megapixels and more: down to single hairs, at four "
            "times the cost."
        ),
        # Notes about a result
        marked(
            "Nothing was found of what should get its color, so the mask is empty: paint on it, or "
            "choose everything, another class or another subject finder."
        ),
        marked(
            "Nothing of what should get its color was found within the selection, so the mask is "
            "empty: paint on it, or select a larger part."
        ),
        marked("The mask is black everywhere."),
        marked("Nothing is selected: the selection is black everywhere."),
        marked(
            "There are no color hints: the layer is transparent everywhere, so the colors are "
            "those without it."
        ),
        marked(
            "The color hints cover the whole photo, so nothing was left to guess: erase them where "
            "color shall be found."
        ),
        marked("Some pixels of the color hints hold no valid numbers; they were left out."),
        marked(
            "Most of the hinted colors are stronger than the photo's brightness allows, so they "
            "came out paler, in the same hue."
        ),
        marked(
            "The photo is pure black and white without any gray, and those two cannot take color."
        ),
        marked(
            "The photo's color profile is broken or meant for another kind of picture, so it was "
            "ignored."
        ),
        marked(
            "The photo's color profile is a table, as scanners have them, so the colors came back "
            "in sRGB."
        ),
        marked(
            "The colorizer ran on the processor, because the graphics card's memory did not "
            "suffice."
        ),
        marked(
            "The subject finder ran on the processor, because the graphics card's memory did not "
            "suffice."
        ),
        marked(
            "Memory was short, so the work was done in smaller parts, which takes longer and "
            "changes nothing."
        ),
        marked(
            "Memory was short, so a network saw the photo at half of the usual size or less: "
            "colors and edges may be coarser."
        ),
    )
)
