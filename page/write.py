"""The page as one file of HTML: the template, the style, the script and the document in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from page.bundle import WEB, bundle

TEMPLATES = Path(__file__).parent / "templates"


def html(document: dict[str, Any]) -> str:
    """Return the page that shows a document (:mod:`page.document`)."""
    templates = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )
    return templates.get_template("page.html").render(
        version=document["version"],
        style=Markup((WEB / "style.css").read_text(encoding="utf-8")),
        script=Markup(bundle()),
        data=Markup(text_of(document)),
    )


def text_of(document: dict[str, Any]) -> str:
    """Return a document as JSON that ends no element of HTML, whatever it says."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c")
