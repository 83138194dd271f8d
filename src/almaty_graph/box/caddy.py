"""Decides what Caddy is told: directives for a site block."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from almaty_graph.box.rules import NAME, Folded
from almaty_graph.box.site import NOT_FOUND, Site
from almaty_graph.box.wishes import SUFFIXES, accepted, searched, spoken
from almaty_graph.web.protocol.languages import INTERFACE

_SITE = """\
# For a site block of Caddy, which says its address: import this file there.
root * {root}
route {{
{always}
  map {{path}} {{almaty_stem}} {{
    / /index
    `~^(/.+)/$` `${{1}}`
    `~^(.*)$` `${{1}}`
  }}
  map {{header.Accept}} {{almaty_type}} {{
    `~(?i){accepted}` `${{1}}`
    default ``
  }}
  map {{almaty_type}} {{almaty_suffix}} {{
{suffixes}
    default ``
  }}
  map {{header.Accept-Language}} {{almaty_language}} {{
    `~(?i){spoken}` `.${{1}}`
    default ``
  }}
  map {{header.Accept-Language}} {{almaty_interface}} {{
    `~(?i){interface}` `.${{1}}`
    default ``
  }}
{maps}
{exact}
  @thing path_regexp thing ^/id/(.+)$
  handle @thing {{
    @described file /doc/{{re.thing.1}}.html
    redir @described /doc/{{re.thing.1}} 303
    error 404
  }}
  try_files {search}
{headers}
  file_server {{
    precompressed gzip
  }}
}}
handle_errors {{
  route {{
{always}
    @gone expression `{{err.status_code}} == 410`
    handle @gone {{
      route {{
        uri path_regexp ^/id/ /doc/
        try_files {search}
{headers}
        file_server {{
          status 410
        }}
      }}
    }}
    rewrite * {not_found}
    header Content-Type `text/html; charset=utf-8`
    file_server
  }}
}}
"""

_LANGUAGES = ("{almaty_language}", "{almaty_interface}")


def caddy_files(site: Site, root: Path) -> Mapping[str, str]:
    """The one file, by name, for a site whose files lie at a root."""
    headers = site.headers
    exact = [f"  redir {path} {target} {status}" for path, (status, target) in site.redirects.items()]
    exact += [f"  error {path} 410" for path in site.gone]
    text = _SITE.format(
        root=f"`{root}`",
        accepted=accepted(),
        spoken=spoken(site.languages),
        interface=spoken(INTERFACE),
        suffixes="\n".join(f"    {kind} `{suffix}`" for kind, suffix in SUFFIXES.items() if suffix),
        maps="\n".join(
            _map(name, told, site.languages) for name, told in headers.items() if not told.everywhere
        ),
        exact="\n".join(exact),
        search=" ".join(searched(site.unnamed, "{almaty_stem}", "{query}", "{almaty_suffix}", _LANGUAGES)),
        always="\n".join(
            f"  header {name} `{told.everywhere}`" for name, told in headers.items() if told.everywhere
        ),
        headers="\n".join(
            line for name, told in headers.items() if not told.everywhere for line in _header(name)
        ),
        not_found=NOT_FOUND,
    )
    return {"caddy.conf": text}


def _map(name: str, told: Folded, languages: Iterable[str]) -> str:
    rows = [f"    `{path}` `{value}`" for path, value in told.exact.items()]
    rows += [f"    `~{rule.pattern(languages)}` `{rule.value.replace(NAME, '${1}')}`" for rule in told.rules]
    return "\n".join([f"  map {{path}} {_variable(name)} {{", *rows, "    default ``", "  }"])


def _header(name: str) -> Iterable[str]:
    """The header, where the file has one."""
    matcher = f"@{_variable(name)[1:-1]}"
    yield f'  {matcher} expression `{_variable(name)} != ""`'
    yield f"  header {matcher} {name} {_variable(name)}"


def _variable(name: str) -> str:
    return "{almaty_" + name.lower().replace("-", "_") + "}"
