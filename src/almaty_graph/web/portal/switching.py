"""Decides how a reader changes the language, and how a language chosen by address goes on with the links."""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from flask import Flask, Response, request

from almaty_graph.web.protocol.languages import INTERFACE, PARAMETER, chosen_language, page_language

_PAGE: Final = "text/html"
_SPEAKING: Final = (_PAGE, "image/svg+xml")
_LINK: Final = re.compile(r'(<a\b[^>]*?\shref=")(/(?!/)[^"#?]*)(\?[^"#]*)?((?:#[^"]*)?"[^>]*>)')
_FORM: Final = re.compile(r'<form\b([^>]*?)\saction="(/[^"]*)"([^>]*)>')
# What is no page: files, by a suffix (but `older..newer` is a page) or by where they are.
_FILE: Final = re.compile(r"(?<!\.)\.[A-Za-z][A-Za-z0-9]*$|^/(?:static|report|activities|ldes)(?:/|$)")
_OF_DATA: Final = re.compile(r"\s(?:download|type)=")


def speak_by_address(app: Flask) -> None:
    """Have the replies of an application say their language, and keep one that the address says."""
    app.jinja_env.globals.update(languages_to_choose=_choices)
    app.after_request(_tell)


def carry_on(page: str, language: str) -> str:
    """A page whose links to pages of ours, and whose forms, say the language."""

    def link(found: re.Match[str]) -> str:
        before, path, query, after = found.groups()
        is_page = not (_FILE.search(path) or _OF_DATA.search(before + after))
        if not is_page or re.search(rf"[?;&]{PARAMETER}=", query or ""):
            return found[0]
        return f"{before}{path}{f'{query}&amp;' if query else '?'}{PARAMETER}={language}{after}"

    def form(found: re.Match[str]) -> str:
        if 'method="post"' in found[0]:
            return f'<form{found[1]} action="{found[2]}?{PARAMETER}={language}"{found[3]}>'
        return f'{found[0]}<input type="hidden" name="{PARAMETER}" value="{language}">'

    return _FORM.sub(form, _LINK.sub(link, page))


def _tell(response: Response) -> Response:
    chosen = chosen_language()
    if response.mimetype in _SPEAKING and not request.path.startswith("/static/"):
        response.headers.setdefault("Content-Language", page_language())
        response.vary.update(("Accept", "Accept-Language"))
    if chosen and response.mimetype == _PAGE:
        response.set_data(carry_on(response.get_data(as_text=True), chosen))
    location = response.headers.get("Location", "")
    if chosen and re.match(r"/(?!/)", location) and not _FILE.search(urlsplit(location).path):
        response.headers["Location"] = _with_language(location, chosen)
    return response


def _choices() -> Mapping[str, tuple[str, str]]:
    """Of each language its name and the address of this page in it."""
    address = f"{quote(request.path)}?{request.query_string.decode(errors='replace')}"
    return {language: (name, _with_language(address, language)) for language, name in INTERFACE.items()}


def _with_language(address: str, language: str) -> str:
    parts = urlsplit(address)
    kept = [each for each in parse_qsl(parts.query, keep_blank_values=True) if each[0] != PARAMETER]
    return urlunsplit(parts._replace(query=urlencode([*kept, (PARAMETER, language)])))
