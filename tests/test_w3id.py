"""What w3id.org is told sends every kind of IRI to the server that answers it."""

import re
from urllib.parse import urldefrag

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from almaty_graph.cli import main
from almaty_graph.names import BASE, DATASET
from almaty_graph.release import Release
from almaty_graph.terms import iri_value, is_iri

SERVER = "https://graph.example.org"


def redirect(rules: str, path: str) -> tuple[int, str]:
    """What mod_rewrite of Apache makes of a path below the folder: the first rule that matches ends it."""
    for pattern, target, flags in re.findall(r"^RewriteRule (\S+) (\S+) \[(\S+)\]$", rules, re.MULTILINE):
        if match := re.search(pattern, path):
            options = dict(flag.partition("=")[::2] for flag in flags.split(","))
            assert {"L", "NE"} <= options.keys()
            return int(options["R"]), re.sub(r"\$(\d)", lambda n: match[int(n[1])], target)
    raise AssertionError(f"no rule for {path}")


def rules_for(address: str) -> str:
    done = CliRunner().invoke(main, ["w3id", address])
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.mark.slow
def test_every_iri_leads_to_a_path_that_the_server_answers(client: FlaskClient, release: Release) -> None:
    rules = rules_for(SERVER)
    terms = {urldefrag(iri_value(t))[0] for quad in release.record for t in quad if is_iri(t)}
    ours = {term for term in terms if term.startswith(BASE)} | {
        DATASET + ".ttl",
        BASE,
        BASE + "context.jsonld",
    }
    assert len(ours) > 1000
    for term in sorted(ours):
        status, location = redirect(rules, term.removeprefix(BASE))
        assert (status, location) == (307, f"{SERVER}/{term.removeprefix(BASE)}")
        assert client.head(location.removeprefix(SERVER), follow_redirects=True).status_code == 200, location


def test_a_server_may_lie_below_a_path() -> None:
    assert redirect(rules_for(SERVER + "/almaty/"), "id/state/iran") == (
        307,
        SERVER + "/almaty/id/state/iran",
    )


@pytest.mark.parametrize(
    "address", ["graph.example.org", "http://graph.example.org", SERVER + "/a b", SERVER + "$1"]
)
def test_an_address_that_is_none_is_refused(address: str) -> None:
    done = CliRunner().invoke(main, ["w3id", address])
    assert done.exit_code == 2
    assert f"{address} is not an address like" in done.output.replace("\n", " ")
