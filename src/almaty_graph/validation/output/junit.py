"""Decides how a validation is told to test dashboards: JUnit XML, a suite for each shape."""

import re
from collections.abc import Mapping
from typing import Final
from xml.etree import ElementTree as ET

from almaty_graph.validation.output.remedies import remedy
from almaty_graph.validation.output.words import NO_PREFIXES, Words, verdict
from almaty_graph.validation.report import Result, Severity, Validation

# XML 1.0, 2.2: no document can have these, not even escaped.
_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(validation: Validation, prefixes: Mapping[str, str] = NO_PREFIXES) -> str:
    """The results as test cases, after one that passes: dashboards take a file without any for a failure."""
    words = Words(prefixes)
    root = ET.Element("testsuites", name="almaty-graph")
    done = _suite(root, "validation", [])
    properties = ET.SubElement(done, "properties")
    for name, value in [("verdict", verdict(validation)), *(("note", note) for note in validation.notes)]:
        ET.SubElement(properties, "property", name=name, value=_clean(value))
    ET.SubElement(done, "testcase", classname="validation", name="carried out")
    suites: dict[str, list[Result]] = {}
    for group in validation.grouped():
        suites.setdefault(words.rule(group[0]), []).extend(group)
    for name, results in suites.items():
        suite = _suite(root, name, results)
        for each in results:
            _case(suite, each, words)
    _count(root, len(validation.results) + 1, validation.count(Severity.VIOLATION))
    ET.indent(root, " ")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _suite(root: ET.Element, name: str, results: list[Result]) -> ET.Element:
    suite = ET.SubElement(root, "testsuite", name=_clean(name))
    failures = sum(each.severity is Severity.VIOLATION for each in results)
    return _count(suite, len(results) or 1, failures)


def _count(element: ET.Element, tests: int, failures: int) -> ET.Element:
    element.attrib |= {"tests": str(tests), "failures": str(failures), "errors": "0", "skipped": "0"}
    return element


def _case(suite: ET.Element, result: Result, words: Words) -> None:
    name = f"{words.term(result.focus)}: {words.component(result)}{words.more(result)}"
    case = ET.SubElement(suite, "testcase", classname=suite.attrib["name"], name=_clean(name))
    if result.place:
        case.set("file", _clean(result.place.path))
        if result.place.line:
            case.set("line", str(result.place.line))
    message, text = words.message(result), "\n".join(_lines(result, words))
    if result.severity is Severity.VIOLATION:
        kind = words.component(result)
        ET.SubElement(case, "failure", type=_clean(kind), message=_clean(message)).text = _clean(text)
    else:
        ET.SubElement(case, "system-out").text = _clean(f"{result.severity.value}: {text}")


def _lines(result: Result, words: Words, indent: str = "") -> list[str]:
    place = f"{result.place}: " if result.place and not indent else ""
    own = f"{indent}{place}{words.sentence(result)}"
    mend = [] if indent else [f"To mend: {remedy(result, words)}"]
    below = [line for each in result.details for line in _lines(each, words, f"{indent}  ")]
    return [own, *below, *mend]


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)
