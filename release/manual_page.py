"""`make manual`: the pages of docs/guide as the one page that both editors show.

Krita's plugin manager shows a page without knowing where it lies, so that the page has to hold its
pictures. It knows only plain HTML: it would take a line's height for that of pictures, too, and add
margins that are to be `auto` to the page's width. Rules for wide windows are for browsers alone.
"""

from __future__ import annotations

import base64
import re
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from selcolor_plugin.manual import manual_file

GUIDE = Path(__file__).resolve().parents[1] / "docs" / "guide"
FIRST = "README.md"
KINDS = {".png": "image/png", ".jpg": "image/jpeg"}
PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Selective Colorize: manual</title>
<style>
@media (min-width: 50em) {{ body {{ max-width: 42em; margin: 1em auto }} }}
body {{ font-family: sans-serif }}
img {{ max-width: 100% }}
td, th {{ padding: 0.2em 1em 0.2em 0; text-align: left; vertical-align: top }}
</style>
</head>
<body>
{body}</body>
</html>
"""


def page() -> str:
    """The whole manual: the first page, then those that it links to, in that order."""
    first = (GUIDE / FIRST).read_text(encoding="utf-8")
    others = re.findall(r"\]\((\S+\.md)\)", first)
    return PAGE.format(body="\n".join(converted(name) for name in (FIRST, *others)))


def converted(name: str) -> str:
    """A page of the guide as a part of the manual."""
    markdown = MarkdownIt("commonmark").enable("table")
    tokens = markdown.parse((GUIDE / name).read_text(encoding="utf-8"))
    if name != FIRST:
        for token in tokens:
            if token.type.startswith("heading"):
                token.tag = f"h{int(token.tag[1:]) + 1}"
        tokens[0].attrSet("id", Path(name).stem)
    for token in tokens:
        for child in token.children or ():
            refer(child)
    return str(markdown.renderer.render(tokens, markdown.options, {}))


def refer(token: Token) -> None:
    """Links lead to another part of the page, and pictures are in it."""
    if token.type == "link_open":
        token.attrSet("href", re.sub(r"^([\w-]+)\.md$", r"#\1", str(token.attrGet("href"))))
    if token.type == "image":
        picture = GUIDE / str(token.attrGet("src"))
        data = base64.b64encode(picture.read_bytes()).decode()
        token.attrSet("src", f"data:{KINDS[picture.suffix]};base64,{data}")


if __name__ == "__main__":
    manual_file().write_text(page(), encoding="utf-8")
