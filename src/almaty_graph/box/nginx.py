"""Decides what nginx is told: maps for its `http` block, the rest for a `server` block."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from almaty_graph.box.rules import NAME, Folded
from almaty_graph.box.site import NOT_FOUND, TYPE, Site
from almaty_graph.box.wishes import SUFFIXES, accepted, searched, spoken
from almaty_graph.web.protocol.languages import INTERFACE

# A path without a slash at its end; of the first page, the name of its file.
_MAPS = """\
# For the http block of nginx: what a request wishes, and what is told of each file.
map_hash_bucket_size 512;
map_hash_max_size 65536;
map $uri $almaty_stem {{
  default $uri;
  / /index;
  "~^(/.+)/$" $1;
}}
map $http_accept $almaty_type {{
  "~*{accepted}" $1;
}}
map $almaty_type $almaty_suffix {{
{suffixes}
}}
map $http_accept_language $almaty_language {{
  "~*{spoken}" .$1;
}}
map $http_accept_language $almaty_interface {{
  "~*{interface}" .$1;
}}
{headers}"""
_SERVER = """\
# For a server block of nginx, which says where it listens.
root {root};
default_type application/octet-stream;
types {{
{types}
}}
absolute_redirect off;
gzip_static on;
{headers}
error_page 404 {not_found};
location = {not_found} {{ internal; }}
error_page 410 @gone;
location / {{
  {search}
}}
location @gone {{
  rewrite ^/id/(.*)$ /doc/$1 break;
  {search}
}}
location ~ ^/id/(?<almaty_name>.+)$ {{
  if (!-f "$document_root/doc/$almaty_name.html") {{ return 404; }}
  return 303 /doc/$almaty_name;
}}
{exact}
"""

_LANGUAGES = ("$almaty_language", "$almaty_interface")


def nginx_files(site: Site, root: Path) -> Mapping[str, str]:
    """The two files, by name, for a site whose files lie at a root."""
    headers = {name: told for name, told in site.headers.items() if name != TYPE}
    types = site.headers[TYPE]
    found = searched(site.unnamed, "$almaty_stem", "$args", "$almaty_suffix", _LANGUAGES)
    return {
        "nginx-http.conf": _MAPS.format(
            accepted=accepted(),
            spoken=spoken(site.languages),
            interface=spoken(INTERFACE),
            suffixes="\n".join(f'  {kind} "{suffix}";' for kind, suffix in SUFFIXES.items()),
            headers="".join(_map(name, told, site.languages) for name, told in headers.items()),
        ),
        "nginx-server.conf": _SERVER.format(
            root=_quoted(str(root)),
            types="\n".join(f"  {_quoted(rule.value)} {rule.suffix[1:]};" for rule in types.rules),
            headers="\n".join(
                f"add_header {name} {_value(name, told)} always;" for name, told in headers.items()
            ),
            not_found=NOT_FOUND,
            search=f"try_files {' '.join(map(_quoted, found))} =404;",
            exact="\n".join(_exact(site, types)),
        ),
    }


def _map(name: str, told: Folded, languages: Iterable[str]) -> str:
    if told.everywhere is not None:
        return ""
    rows = [f"  {_quoted(path)} {_quoted(value)};" for path, value in told.exact.items()]
    rows += [
        f"  {_quoted('~' + rule.pattern(languages))} {_quoted(rule.value).replace(NAME, '$1')};"
        for rule in told.rules
    ]
    return "\n".join([f"map $uri {_variable(name)} {{", *rows, "}", ""])


def _value(name: str, told: Folded) -> str:
    return _variable(name) if told.everywhere is None else _quoted(told.everywhere)


def _variable(name: str) -> str:
    return "$almaty_" + name.lower().replace("-", "_")


def _exact(site: Site, types: Folded) -> Iterable[str]:
    for path, (status, target) in site.redirects.items():
        yield f"location = {_quoted(path)} {{ return {status} {target}; }}"
    for path in site.gone:
        yield f"location = {_quoted(path)} {{ return 410; }}"
    for path, value in types.exact.items():
        yield f"location = {_quoted(path)} {{ types {{ }} default_type {_quoted(value)}; }}"


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
