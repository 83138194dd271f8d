"""The catalogue of Russian, with the messages that pages have now; run as a script, writes it there."""

import io
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from almaty_graph.check.report import Report, Severity
from almaty_graph.dates import Answer
from almaty_graph.release.differences import CHANGED, GONE, NEW
from almaty_graph.release.figures import measure
from almaty_graph.search.spellings import Evidence
from almaty_graph.web.pictures.matrix import Matrix
from almaty_graph.web.pictures.meetings import Meetings
from almaty_graph.web.pictures.network import Network
from almaty_graph.web.pictures.timeline import Timeline
from almaty_graph.web.pictures.worldmap import WorldMap
from almaty_graph.web.portal.translations import FOLDER

LANGUAGE = "ru"
PATH = FOLDER / f"{LANGUAGE}.po"
WEB = Path(__file__).parents[1] / "src" / "almaty_graph" / "web"
HEADER = """\
# What pages say, in Russian. `make messages` adds what templates say anew, and takes out what none says.
msgid ""
msgstr ""
"Language: ru\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : "
"n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);\\n"

"""
METHODS = [("templates/**", "jinja2"), ("**.py", "python")]
OPTIONS = {"templates/**": {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"}}


def words() -> set[str]:
    """The words that the program has for itself, and pages show."""
    figures = measure([], Report(()))
    return {
        *(each.value for each in Answer),
        *(each.value for each in Severity),
        *(each.words for each in Evidence),
        *(each.title for each in figures),
        *(each.dimension.capitalize() for each in figures),
        *(NEW, CHANGED, GONE),
        *(each.title for each in (Timeline, Meetings, WorldMap, Matrix, Network)),
    }


def extracted() -> Catalog:
    """The messages of templates and modules, none of them translated."""
    catalogue = Catalog(LANGUAGE)
    for name, _, message, _, context in extract_from_dir(WEB, METHODS, OPTIONS):
        catalogue.add(message, locations=[(name, 0)], context=context)
    for word in words():
        catalogue.add(word)
    return catalogue


def known() -> Catalog:
    """The catalogue as it is."""
    with PATH.open("rb") as text:
        return read_po(text, locale=LANGUAGE)


def written(catalogue: Catalog) -> str:
    """The text of a catalogue."""
    text = io.BytesIO()
    write_po(text, catalogue, 110, omit_header=True, no_location=True, sort_output=True, ignore_obsolete=True)
    return HEADER + text.getvalue().decode()


def updated() -> str:
    """The text of the catalogue with the messages that there are now."""
    catalogue = known() if PATH.exists() else Catalog(LANGUAGE)
    catalogue.update(extracted(), no_fuzzy_matching=True)
    return written(catalogue)


if __name__ == "__main__":
    PATH.write_text(updated(), encoding="utf-8")
