"""Decides what Apache is told: directives for a virtual host (modules rewrite and headers)."""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path

from almaty_graph.box.rules import NAME, Folded
from almaty_graph.box.site import NOT_FOUND, TYPE, Site
from almaty_graph.box.wishes import SUFFIXES, accepted, searched, spoken
from almaty_graph.web.protocol.languages import INTERFACE

_HOST = """\
# For a virtual host of Apache, with its modules rewrite and headers: include this file there.
DocumentRoot "{root}"
<Directory "{root}">
  Require all granted
  Options -Indexes -MultiViews
  <IfModule mod_dir.c>
    DirectoryIndex disabled
    DirectorySlash Off
  </IfModule>
</Directory>
ErrorDocument 404 {not_found}
RewriteEngine On
RewriteRule ^/$ - [E=almaty_stem:/index]
RewriteRule ^(/.+?)/?$ - [E=almaty_stem:$1]
RewriteCond %{{HTTP:Accept}} "{accepted}" [NC]
RewriteRule ^ - [E=almaty_type:%1]
{suffixes}
RewriteCond %{{HTTP:Accept-Language}} "{spoken}" [NC]
RewriteRule ^ - [E=almaty_language:.%1]
RewriteCond %{{HTTP:Accept-Language}} "{interface}" [NC]
RewriteRule ^ - [E=almaty_interface:.%1]
{exact}
RewriteCond "{root}/doc/$1.html" -f
RewriteRule ^/id/(.+)$ /doc/$1 [R=303,L]
RewriteRule ^/id/ - [R=404,L]
{search}
{types}
{headers}
"""


def apache_files(site: Site, root: Path) -> Mapping[str, str]:
    """The one file, by name, for a site whose files lie at a root."""
    headers = [(name, told) for name, told in site.headers.items() if name != TYPE]
    found = searched(
        site.unnamed,
        "%{ENV:almaty_stem}",
        "%{QUERY_STRING}",
        "%{ENV:almaty_suffix}",
        ("%{ENV:almaty_language}", "%{ENV:almaty_interface}"),
    )
    text = _HOST.format(
        root=root,
        not_found=NOT_FOUND,
        accepted=accepted(),
        spoken=spoken(site.languages),
        interface=spoken(INTERFACE),
        suffixes="\n".join(
            f"RewriteCond %{{ENV:almaty_type}} ={kind} [NC]\nRewriteRule ^ - [E=almaty_suffix:{suffix}]"
            for kind, suffix in SUFFIXES.items()
            if suffix
        ),
        exact="\n".join(_exact(site)),
        search="\n".join(f'RewriteCond "{root}{path}" -f\nRewriteRule ^ "{path}" [PT,L]' for path in found),
        types="\n".join(_sections(site.headers[TYPE], site.languages, _type)),
        headers="\n".join(
            line for name, told in headers for line in _sections(told, site.languages, partial(_header, name))
        ),
    )
    return {"apache.conf": text}


def _exact(site: Site) -> Iterable[str]:
    for path, (status, target) in site.redirects.items():
        yield f"RewriteRule ^{re.escape(path)}$ {target} [R={status},L]"
    for path in site.gone:
        document = re.sub("^/id/", "/doc/", path)
        yield f'<LocationMatch "^{re.escape(path)}$">\n  ErrorDocument 410 {document}\n</LocationMatch>'
        yield f"RewriteCond %{{ENV:REDIRECT_STATUS}} ^$\nRewriteRule ^{re.escape(path)}$ - [R=410,L]"


def _sections(told: Folded, languages: Iterable[str], tell: Callable[[str], str]) -> Iterable[str]:
    """What tells each path its value; of several sections that match the last one counts."""
    if told.everywhere is not None:
        yield tell(told.everywhere)
        return
    for rule in reversed(told.rules):
        pattern = rule.pattern(languages).replace("(", "(?<almaty>", 1)
        value = tell(rule.value).replace(NAME, "%{MATCH_ALMATY}e")
        yield f'<LocationMatch "{pattern}">\n  {value}\n</LocationMatch>'
    for path, value in told.exact.items():
        yield f'<LocationMatch "^{re.escape(path)}$">\n  {tell(value)}\n</LocationMatch>'


def _type(value: str) -> str:
    return f'ForceType "{value}"'


def _header(name: str, value: str) -> str:
    if not value:
        return f"Header always unset {name}"
    escaped = value.replace("%", "%%").replace('"', '\\"')
    return f'Header always set {name} "{escaped}"'
