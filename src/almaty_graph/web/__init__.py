"""Decides how a release is put on the web: one application, with what is answered without Flask in front."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask, Response, request

from almaty_graph import turtle
from almaty_graph.engine.client import Engine
from almaty_graph.engine.wire import Limits
from almaty_graph.errors import ReleaseError
from almaty_graph.formats import N_QUADS, N_TRIPLES, TRIG, TURTLE, Format
from almaty_graph.release import Release
from almaty_graph.release.archive import Archive
from almaty_graph.release.dumps import print_triples
from almaty_graph.release.service import describe_service
from almaty_graph.validation.asking import Nobody, Validator
from almaty_graph.web.feeds import feed_routes
from almaty_graph.web.linked.discovery import discovery_routes
from almaty_graph.web.linked.schema_org import SchemaOrg
from almaty_graph.web.linked.signposts import Signposts
from almaty_graph.web.mementos import address_of_now, register_mementos
from almaty_graph.web.operations.metrics import Metrics
from almaty_graph.web.operations.peers import Connections, Unwatched
from almaty_graph.web.operations.status import operation_routes
from almaty_graph.web.past import Past, Unasked
from almaty_graph.web.portal.answers import show_outcome
from almaty_graph.web.portal.completions import completion_routes
from almaty_graph.web.portal.documents import document_routes
from almaty_graph.web.portal.labels import Labels, languages_of, mark
from almaty_graph.web.portal.pages import page_routes
from almaty_graph.web.portal.releases import release_routes
from almaty_graph.web.portal.switching import speak_by_address
from almaty_graph.web.portal.translations import speak
from almaty_graph.web.problems import handle_errors
from almaty_graph.web.protocol.bodies import BODY_BYTES
from almaty_graph.web.protocol.cache import Cache
from almaty_graph.web.protocol.dates import last_modified, tell_modified
from almaty_graph.web.protocol.endpoint import Endpoint
from almaty_graph.web.protocol.fastpath import FastPath
from almaty_graph.web.protocol.files import Files
from almaty_graph.web.protocol.graphstore import register_graph_store
from almaty_graph.web.protocol.languages import INTERFACE
from almaty_graph.web.protocol.replies import SAFETY, SAFETY_OF_FILES, tell_limits
from almaty_graph.web.routes import register
from almaty_graph.web.services.crosswalk import register_crosswalk
from almaty_graph.web.services.links import register_links
from almaty_graph.web.services.pinned import pinned_routes
from almaty_graph.web.services.reconciliation import register_reconciliation
from almaty_graph.web.services.search import search_routes
from almaty_graph.web.services.things import Things
from almaty_graph.web.services.validation import register_validation

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


@dataclass(frozen=True)
class Serving:
    """How an application serves: limits of queries, what it knows of clients, bytes of replies that it keeps.

    `metrics` are shown at /metrics, if there are any. `validator` answers at /validate. `past` are
    the engines of earlier releases, by their names. `as_files` leaves out what needs a process to answer, and
    all that leads there: for pages that are written once, and sent as files.
    """

    limits: Limits = field(default_factory=Limits)
    connections: Connections = field(default_factory=Unwatched)
    cache_bytes: int = 64 << 20
    metrics: Metrics | None = None
    validator: Validator = field(default_factory=Nobody)
    past: Mapping[str, Engine] = field(default_factory=dict)
    as_files: bool = False


def create_app(release: Release, engine: Engine, serving: Serving | None = None) -> Flask:
    """The WSGI application that publishes a release, and those before it; an engine answers its queries."""
    serving = serving or Serving()
    app = _publish(release, engine, serving)
    make = partial(_publish_again, release.name, engine, serving)
    app.wsgi_app = Past(app.wsgi_app, Archive(release), make)  # type: ignore[method-assign]  # as Flask has it
    return app


def _publish_again(newest: str, now: Engine, serving: Serving, release: Release) -> "WSGIApplication":
    """What an earlier release publishes; ReleaseError if it lacks what these pages need."""
    engine = serving.past.get(release.name, Unasked(release.name))
    less = replace(serving, cache_bytes=serving.cache_bytes // 8, validator=Nobody())
    try:
        app = _publish(release, engine, less, now)
    except (OSError, LookupError, ValueError) as error:
        raise ReleaseError(f"release {release.name} cannot be shown by this version") from error
    app.jinja_env.globals.update(newest=newest, address_of_now=address_of_now)
    return app.wsgi_app


def _publish(release: Release, engine: Engine, serving: Serving, now: Engine | None = None) -> Flask:
    """The WSGI application that publishes one release; `now` is the engine of the newest, where it is not."""
    app = Flask(__name__)
    limits = serving.limits
    app.config["MAX_CONTENT_LENGTH"] = BODY_BYTES
    app.url_map.strict_slashes = False
    labels = Labels(release.record)
    app.jinja_env.globals.update(release=release, limits=limits, label=labels.shown, short=labels.short)
    app.jinja_env.globals.update(name=labels.compact, link=labels.link, mark=mark)
    app.jinja_env.globals.update(schema_org=SchemaOrg(release).page)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    speak(app)
    speak_by_address(app)
    has_editor = Path(app.static_folder or "", "packages", "editor.js").exists()
    app.jinja_env.globals.update(as_files=serving.as_files, has_editor=has_editor)
    app.jinja_env.globals.update(can_validate=not isinstance(serving.validator, Nobody))
    app.jinja_env.globals.update(questions_by_slug={each.slug: each for each in release.questions})
    app.before_request(show_outcome)
    app.after_request(_let_others_ask)
    modified = last_modified(release.record)
    app.after_request(partial(tell_modified, modified))
    signposts, archive = Signposts(release, has_past=not serving.as_files), Archive(release)
    register(app, document_routes(release, signposts))
    register(app, release_routes(archive))
    register(app, feed_routes(archive))
    register(app, discovery_routes(release, () if serving.as_files else INTERFACE))
    register(app, page_routes(release, signposts, engine, archive))
    register(app, completion_routes(release.record))
    if not serving.as_files:
        _register_services(app, release, archive, serving, (engine, now or engine))
    handle_errors(app)
    describe = partial(_describe, release, limits)
    endpoint = Endpoint(release.name, engine, serving.connections, describe, limits.service_endpoints)
    told = [*(SAFETY_OF_FILES if serving.as_files else SAFETY), ("Query-Limits", tell_limits(limits))]
    files = Files(release, modified, signposts.of_dumps())
    cache = Cache(serving.cache_bytes, (*INTERFACE, *languages_of(release.record)))
    app.wsgi_app = FastPath(app.wsgi_app, endpoint, files, cache, told)  # type: ignore[method-assign]  # as Flask has it
    return app


def _register_services(
    app: Flask, release: Release, archive: Archive, serving: Serving, engines: tuple[Engine, Engine]
) -> None:
    """Answer what is worked out for each who asks; of the engines one has this release, one the newest."""
    engine, now = engines
    register_mementos(app, archive)
    register(app, pinned_routes(release, engine, now, serving.connections))
    register(app, operation_routes(engine, serving.metrics))
    register_graph_store(app, release)
    register_validation(app, release, serving.validator, serving.connections)
    things = Things(release.record)
    register(app, search_routes(things))
    register_reconciliation(app, things, serving.connections)
    register_crosswalk(app, release.record, serving.connections)
    register_links(app, release.record, serving.validator, serving.connections)


def _describe(release: Release, limits: Limits, endpoint: str, form: Format) -> bytes:
    """The service at an endpoint, described in a format, with the dataset that it answers from."""
    dataset = [triple for triple, _ in turtle.parse(release.read("description.ttl"), "description.ttl")]
    triples = {*dataset, *describe_service(endpoint, dataset, limits)}
    # Without named graphs, N-Quads is N-Triples, and TriG is Turtle.
    return print_triples(triples, {N_QUADS: N_TRIPLES, TRIG: TURTLE}.get(form, form), release.context)


def _let_others_ask(response: Response) -> Response:
    """Tell pages of other origins that they may send here what is answered here (preflight, Fetch 3.2)."""
    if request.method == "OPTIONS" and "Allow" in response.headers:
        response.headers.setdefault("Access-Control-Allow-Methods", response.headers["Allow"])
        response.headers.setdefault("Access-Control-Allow-Headers", "Accept, Content-Type, If-None-Match")
        response.headers.setdefault("Access-Control-Max-Age", "86400")
    return response
