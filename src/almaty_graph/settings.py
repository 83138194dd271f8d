"""Decides what can be set of a server, where from, and which wins: flag, environment, file, default."""

import math
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import click

from almaty_graph.engine.wire import Limits
from almaty_graph.validation import asking as validation

PREFIX: Final = "ALMATY_GRAPH_SERVE"
_Command = TypeVar("_Command", bound=Callable[..., Any])


class _Seconds(click.FloatRange):
    """A number in a range, which not-a-number is not."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        seconds: float = super().convert(value, param, ctx)
        if math.isnan(seconds):
            self.fail("nan is not a number of seconds", param, ctx)
        return seconds


class _Engine(click.ParamType[str]):
    """`memory`, `disk`, or the address of a SPARQL endpoint."""

    name = "engine"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        address = urlsplit(value)
        if value in ("memory", "disk") or (address.scheme in ("http", "https") and address.hostname):
            return str(value)
        return self.fail(
            f"found {value!r}; memory, disk, or a URL that begins with http is needed", param, ctx
        )


class _Endpoints(click.ParamType[tuple[str, ...]]):
    """Addresses of endpoints, with commas or spaces between them; in a file, an array of them."""

    name = "endpoints"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        given = re.split(r"[,\s]+", value.strip()) if isinstance(value, str) else value
        endpoints = tuple(each for each in given if each != "")
        for each in endpoints:
            if not isinstance(each, str) or not _is_endpoint(each):
                self.fail(
                    f"found {each!r}; the URL of an endpoint is needed, such as https://example.org/sparql",
                    param,
                    ctx,
                )
        return endpoints


def _is_endpoint(value: str) -> bool:
    """Whether it can be the IRI of a SERVICE that is asked by HTTP, without a user and a fragment."""
    try:
        address = urlsplit(value)
        port = address.port
    except ValueError:
        return False
    known = address.scheme in ("http", "https") and address.hostname and port != 0
    return bool(known and _IRI.fullmatch(value) and "@" not in address.netloc)


def _set(default: Any, kind: click.ParamType[Any], meaning: str) -> Any:
    given = {"default_factory": default} if callable(default) else {"default": default}
    return field(**given, metadata={"kind": kind, "meaning": meaning})


_IRI: Final = re.compile(r"[^\x00-\x20<>\"{}|\\^`#]+")
_COUNT, _LIMIT = click.IntRange(1), click.IntRange(0)
_SECONDS = _Seconds(0, 3600, min_open=True)


@dataclass(frozen=True)
class Settings:
    """What a server is told. Sizes are in MiB, times in seconds."""

    host: str = _set("127.0.0.1", click.STRING, "The address to listen on.")
    port: int = _set(8000, click.IntRange(1, 65535), "The port to listen on.")
    processes: int = _set(2, click.IntRange(1, 64), "How many processes answer HTTP.")
    threads: int = _set(64, click.IntRange(16, 1024), "How many requests each of them has in hand at most.")
    engine: str = _set("memory", _Engine(), "What answers queries: memory, disk, or an endpoint's URL.")
    index: Path | None = _set(  # noqa: RUF009 - a field, made in one place
        None,
        click.Path(file_okay=False, path_type=Path),
        "The folder of the index on disk, kept between starts.",
    )
    past: int = _set(2, _LIMIT, "How many earlier releases can be queried, each by an engine of its own.")
    seconds: float = _set(30.0, _SECONDS, "The time a query may take.")
    memory: int = _set(1024, click.IntRange(16), "The memory a query may take, in MiB.")
    answer: int = _set(64, _COUNT, "The size an answer may have, in MiB.")
    rows: int = _set(100_000, _COUNT, "The rows, or triples, an answer may have.")
    workers: int = _set(
        lambda: os.cpu_count() or 1, _COUNT, "How many queries run at once, in processes kept."
    )
    waiting: int = _set(64, _LIMIT, "How many queries may wait for their turn.")
    cache: int = _set(64, _LIMIT, "The replies that each process keeps, in MiB.")
    client_queries: int = _set(0, _LIMIT, "How many queries a client may have at once; 0: any.")
    client_seconds: float = _set(
        0.0, _Seconds(0, 6000), "The engine's seconds a client may use in a minute; 0: any."
    )
    service_endpoints: tuple[str, ...] = _set(
        (), _Endpoints(), "The endpoints that SERVICE may ask, by their URLs; none unless named."
    )
    trusted_proxies: int = _set(
        0, click.IntRange(0, 10), "How many proxies stand in front, whose X-Forwarded-For is believed."
    )
    access_log: str | None = _set(
        None,
        click.Path(dir_okay=False, writable=True, allow_dash=True),
        "The file that requests are written down in; -: standard output; none unless named.",
    )
    log_queries: bool = _set(False, click.BOOL, "Write down query strings too.")
    body_seconds: float = _set(10.0, _SECONDS, "The time the body of a request may take to come.")

    @property
    def validation_limits(self) -> validation.Limits:
        """What of it a validation is held to."""
        return validation.Limits(seconds=self.seconds, memory_bytes=self.memory << 20, workers=self.workers)

    @property
    def limits(self) -> Limits:
        """What of it the engine holds queries to."""
        return Limits(
            seconds=self.seconds,
            memory_bytes=self.memory << 20,
            answer_bytes=self.answer << 20,
            rows=self.rows,
            workers=self.workers,
            waiting=self.waiting,
            client_queries=self.client_queries,
            client_seconds=self.client_seconds,
            service_endpoints=self.service_endpoints,
        )


def settings_options(command: _Command) -> _Command:
    """Give a command a flag for each setting, and `--config`; it takes them by the names of the fields."""
    for each in reversed(fields(Settings)):
        kind, flag = each.metadata["kind"], "--" + _key(each.name)
        option = click.option(
            *((flag,) if kind is not click.BOOL else (flag, each.name)),
            type=kind,
            is_flag=kind is click.BOOL,
            default=default_of(each.name),
            show_default=bool(default_of(each.name)),
            help=each.metadata["meaning"],
        )
        command = option(command)
    config = click.option(
        "--config",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        is_eager=True,
        expose_value=False,
        callback=_read_file,
        help="A TOML file with any of these, by the same names: seconds = 10.",
    )
    return config(command)


def default_of(name: str) -> Any:
    """What a setting is if nobody sets it."""
    return getattr(Settings(), name)


def settings_table() -> str:
    """Every setting as a row of Markdown: name in the file, flag, variable, default, meaning."""
    rows = ["| in the file | flag | variable | default | meaning |", "|---|---|---|---|---|"]
    for each in fields(Settings):
        default = default_of(each.name)
        told = (
            "number of processors"
            if each.name == "workers"
            else f"`{default}`"
            if default
            else _none(default)
        )
        key, meaning = _key(each.name), each.metadata["meaning"]
        rows.append(f"| `{key}` | `--{key}` | `{PREFIX}_{each.name.upper()}` | {told} | {meaning} |")
    return "\n".join(rows) + "\n"


def _none(default: Any) -> str:
    return "no" if default is False else "none" if default in (None, ()) else f"`{default}`"


def _key(name: str) -> str:
    return name.replace("_", "-")


def _read_file(context: click.Context, option: click.Parameter, path: Path | None) -> None:
    """Let the settings in a TOML file stand where neither a flag nor the environment says otherwise."""
    if path is None:
        return
    try:
        given = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise click.BadParameter(f"{path}: {error}", context, option) from error
    known = {_key(each.name or ""): each for each in context.command.params if each is not option}
    for key in sorted(given.keys() - known.keys()):
        [nearest] = get_close_matches(key, known, 1, cutoff=0)
        raise click.UsageError(f"{path}: there is no setting {key!r}; the nearest is {nearest!r}", context)
    values = {known[key].name: _convert(path, known[key], value, context) for key, value in given.items()}
    context.default_map = {**(context.default_map or {}), **values}


def _convert(path: Path, option: click.Parameter, value: Any, context: click.Context) -> Any:
    # The command line has text only and takes it for numbers; a file says which it means.
    needed: Mapping[type, tuple[tuple[type, ...], str]] = {
        click.IntRange: ((int,), "a whole number"),
        _Seconds: ((int, float), "a number"),
        click.types.BoolParamType: ((bool,), "true or false"),
        _Endpoints: ((list,), "an array of URLs"),
    }
    kinds, told = needed.get(type(option.type), ((str,), "text in quotes"))
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        raise click.UsageError(
            f"{path}: {_key(option.name or '')}: found {value!r}; {told} is needed", context
        )
    try:
        return option.type.convert(value, option, context)
    except click.BadParameter as error:
        raise click.UsageError(f"{path}: {_key(option.name or '')}: {error.message}", context) from error
