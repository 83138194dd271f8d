"""Real servers of files for tests, each told only what an export says: nginx, Caddy, Apache."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stores import free_port, needed, running

NGINX = """
daemon off;
pid nginx.pid;
error_log stderr warn;
events {{ worker_connections 512; }}
http {{
  access_log off;
  client_body_temp_path body; proxy_temp_path proxy;
  fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  include {exported}/nginx-http.conf;
  server {{ listen {address}; include {exported}/nginx-server.conf; }}
}}
"""
CADDY = """
{{
  admin off
  auto_https off
}}
http://{address} {{
  import {exported}/caddy.conf
}}
"""
APACHE = """
ServerRoot .
ServerName localhost
Listen {address}
PidFile apache.pid
ErrorLog apache.log
Mutex posixsem
User nobody
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule dir_module {modules}/mod_dir.so
LoadModule mime_module {modules}/mod_mime.so
LoadModule rewrite_module {modules}/mod_rewrite.so
LoadModule headers_module {modules}/mod_headers.so
TypesConfig /etc/mime.types
<VirtualHost *>
  Include {exported}/apache.conf
</VirtualHost>
"""
MODULES = "/usr/lib/apache2/modules"  # where Debian has them


@contextmanager
def nginx(exported: Path, folder: Path) -> Iterator[str]:
    command = [needed("nginx"), "-p", str(folder), "-e", "stderr", "-c", "told.conf"]
    with _serving(NGINX, command, exported, folder) as address:
        yield address


@contextmanager
def caddy(exported: Path, folder: Path) -> Iterator[str]:
    command = [needed("caddy"), "run", "--config", "told.conf", "--adapter", "caddyfile"]
    with _serving(CADDY, command, exported, folder) as address:
        yield address


@contextmanager
def apache(exported: Path, folder: Path) -> Iterator[str]:
    command = [needed("apache2"), "-DFOREGROUND", "-d", str(folder), "-f", "told.conf"]
    with _serving(APACHE, command, exported, folder) as address:
        yield address


@contextmanager
def _serving(told: str, command: list[str], exported: Path, folder: Path) -> Iterator[str]:
    address = f"127.0.0.1:{free_port()}"
    (folder / "told.conf").write_text(told.format(address=address, exported=exported, modules=MODULES))
    with running(command, folder, f"http://{address}/robots.txt", end=signal.SIGTERM):
        yield f"http://{address}"
