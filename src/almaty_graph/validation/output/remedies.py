"""Decides what would be right: for each kind of constraint, one sentence that somebody can act on."""

from dataclasses import replace
from typing import Final

from almaty_graph.validation.output.words import Words
from almaty_graph.validation.report import Result

# By component (SHACL 4, 5); `{it}` is the value and its path, or the focus node where a shape is about that.
REMEDIES: Final = {
    "Class": "Give {it} the class that is asked for (rdf:type), or put something of that class in its place.",
    "Datatype": "Write {it} with the datatype that is asked for, in the form that this datatype has.",
    "NodeKind": "Put what is asked for (an IRI, a literal or a blank node) in the place of {it}.",
    "MinCount": "Add a value for {path}.",
    "MaxCount": "Remove values of {path} until as few are left as are asked for.",
    "MinExclusive": "Change {it} to something above the limit.",
    "MinInclusive": "Change {it} to something that is not below the limit.",
    "MaxExclusive": "Change {it} to something below the limit.",
    "MaxInclusive": "Change {it} to something that is not above the limit.",
    "MinLength": "Make {it} longer, until it has as many characters as are asked for.",
    "MaxLength": "Shorten {it}, until it has no more characters than are allowed.",
    "Pattern": "Write {it} so that it fits the pattern that is asked for.",
    "LanguageIn": "Put a text in a language that is allowed, with its language tag, in the place of {it}.",
    "UniqueLang": "Keep one value of {path} for each language, and remove the others.",
    "Equals": "Give {path} and the property that it is compared with the same values.",
    "Disjoint": "Remove {it}, or remove it from the property that must not have the same value.",
    "LessThan": "Change {it} or what it is compared with, so that it is less than that.",
    "LessThanOrEquals": "Change {it} or what it is compared with, so that it is not more than that.",
    "Not": "Change {it} so that it no longer fits the shape that it must not fit.",
    "And": "Change {it} so that it is all that the rule asks for.",
    "Or": "Change {it}, or put something else in its place, so that it is one of what the rule allows.",
    "Xone": "Change {it} so that it is one of what the rule allows, and not several of them.",
    "Node": "Change {it} so that it is as the rule asks.",
    "Property": "Change {it} so that its properties are as the shape asks.",
    "QualifiedValue": "Change the values of {path} so that as many as are asked for fit the shape.",
    "QualifiedMinCount": "Add a value of {path} that fits the shape, or change one so that it does.",
    "QualifiedMaxCount": "Remove values of {path} that fit the shape until as few are left as are asked for.",
    "Closed": "Remove {path} here, or list it in the shape, which allows only what it lists.",
    "HasValue": "Add the value that is asked for to {path}.",
    "In": "Put one of the values that are allowed in the place of {it}.",
    "SPARQL": "Look at {it}, and do as the message says.",
    "JS": "Change {it} as the message says: the script of the rule found what must not be.",
    "Expression": "Change {it} so that the expression of the rule is true of it.",
}
_OTHERS: Final = "Change {it} as the message or the description of the rule says."
_PLAIN: Final = Words()


def remedy(result: Result, words: Words = _PLAIN) -> str:
    """One sentence that says what to do about a result."""
    owner = words.term(result.focus) or "the node"
    path = words.path(result.path) if result.path else None
    value = words.term(result.value) if result.value and result.value != result.focus else None
    thing = f"the value {value}" if value else "the value" if path else owner
    sentence = REMEDIES.get(result.component.removesuffix("ConstraintComponent"), _OTHERS)
    return sentence.format(path=path or owner, it=f"{thing} of {path}" if path else thing)


def remedy_of_all(group: list[Result], words: Words = _PLAIN) -> str:
    """One sentence that says what to do about all results of a rule."""
    return remedy(replace(group[0], value=None, focus=""), words)
