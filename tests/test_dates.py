"""Partial dates, as XSD and as sentences write them."""

import pytest

from almaty_graph.dates import DAY, MONTH, YEAR, Answer, Bounds, is_partial_date, parse_day, read_dates
from almaty_graph.errors import QueryError
from almaty_graph.questions import as_of, takes_day


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("Established 2013", ["2013"]),
        ("Current Chair: Kyrgyzstan (October 2016 – October 2018)", ["2016-10", "2018-10"]),
        ("4 - 5 September 2017", ["2017-09-04", "2017-09-05"]),
        ("March 15-16, 2011", ["2011-03-15", "2011-03-16"]),
        ("the 5 June 2013 Ministerial Conference", ["2013-06-05"]),
        ("С июня 2013 года по ноябрь 2016 года", ["2013-06", "2016-11"]),
        ("Turkey (2021-2022)", ["2021", "2022"]),
        ("28 September - 2 October 2018", ["2018-09-28", "2018-10-02"]),
        ("September – October 2018", ["2018-09", "2018-10"]),
        ("С января 2021 года — Турецкая Республика", ["2021-01"]),
        ("From September 27 – 28, 2018, the fifth meeting", ["2018-09-27", "2018-09-28"]),
        ("19–20 сентября 2016 г., Астана", ["2016-09-19", "2016-09-20"]),
        ("Kyrgyzstan (October 2016-September 2018)", ["2016-10", "2018-09"]),
        ("на 2025–2027 годы", ["2025", "2027"]),
        ("12 октября в Баку, On September 20, at 9:30 am", []),
        ("45 May 2019, 31 February 2018", []),
        ("67 Tole bi, 05000 Almaty, +7 727 258 4598", []),
    ],
)
def test_dates_are_read_in_order_and_at_their_precision(text: str, dates: list[str]) -> None:
    found = read_dates(text)
    assert [date.value for date in found] == dates
    assert [date.datatype for date in found] == [{4: YEAR, 7: MONTH, 10: DAY}[len(d.value)] for d in found]


@pytest.mark.parametrize(
    ("value", "datatype", "good"),
    [
        ("2013", YEAR, True),
        ("2016-10", MONTH, True),
        ("2017-09-04", DAY, True),
        ("2016-13", MONTH, False),
        ("hello", MONTH, False),
        ("2016-10", DAY, False),
        ("2017-02-29", DAY, False),
        ("13", YEAR, False),
    ],
)
def test_a_malformed_date_is_told_from_a_good_one(value: str, datatype: str, good: bool) -> None:
    assert is_partial_date(value, datatype) is good


WHOLE = Bounds("2016-02-01", "2016-02-29", "2018-10-01", "2018-10-31")


@pytest.mark.parametrize(
    ("bounds", "day", "answer"),
    [
        (WHOLE, "2016-01-31", Answer.NOT),
        (WHOLE, "2016-02-01", Answer.POSSIBLY),
        (WHOLE, "2016-02-28", Answer.POSSIBLY),
        (WHOLE, "2016-02-29", Answer.CERTAINLY),  # the leap day ends February 2016
        (WHOLE, "2016-03-01", Answer.CERTAINLY),
        (WHOLE, "2018-10-01", Answer.CERTAINLY),
        (WHOLE, "2018-10-02", Answer.POSSIBLY),
        (WHOLE, "2018-10-31", Answer.POSSIBLY),
        (WHOLE, "2018-11-01", Answer.NOT),
        # one day
        (Bounds("2016-02-29", "2016-02-29", "2016-02-29", "2016-02-29"), "2016-02-28", Answer.NOT),
        (Bounds("2016-02-29", "2016-02-29", "2016-02-29", "2016-02-29"), "2016-02-29", Answer.CERTAINLY),
        (Bounds("2016-02-29", "2016-02-29", "2016-02-29", "2016-02-29"), "2016-03-01", Answer.NOT),
        # a year: on no day of it is anything certain
        (Bounds("2016-01-01", "2016-12-31", "2016-01-01", "2016-12-31"), "2016-06-30", Answer.POSSIBLY),
        # nothing is known
        (Bounds(), "2018-05-01", Answer.POSSIBLY),
        # a beginning only
        (Bounds("2016-10-01", "2016-10-31"), "2016-09-30", Answer.NOT),
        (Bounds("2016-10-01", "2016-10-31"), "2030-01-01", Answer.POSSIBLY),
        # an end only
        (Bounds(None, None, "2018-10-01", "2018-10-31"), "1999-01-01", Answer.POSSIBLY),
        (Bounds(None, None, "2018-10-01", "2018-10-31"), "2018-11-01", Answer.NOT),
        # attested from one source to another
        (Bounds(None, "2015-09-22", "2019-02-18", None), "2015-09-21", Answer.POSSIBLY),
        (Bounds(None, "2015-09-22", "2019-02-18", None), "2017-01-01", Answer.CERTAINLY),
        (Bounds(None, "2015-09-22", "2019-02-18", None), "2019-02-19", Answer.POSSIBLY),
        (Bounds(None, None, "2019-02-18", None), "2019-02-18", Answer.POSSIBLY),
        (Bounds(None, "2015-09-22", None, None), "2015-09-22", Answer.POSSIBLY),
    ],
)
def test_a_period_holds_on_a_day_certainly_possibly_or_not(bounds: Bounds, day: str, answer: Answer) -> None:
    assert bounds.answer_on(day) is answer


def test_a_day_is_a_day_of_the_calendar_as_xsd_writes_it() -> None:
    assert [parse_day(day) for day in ("2018-05-01", "2016-02-29")] == ["2018-05-01", "2016-02-29"]
    for text in ("", "2018", "2018-05", "2018-5-1", "2018-02-29", "2018-05-01Z", " 2018-05-01", "٢٠١٨-05-01"):
        with pytest.raises(QueryError) as error:
            parse_day(text)
        assert str(error.value) == f"found {text!r} for a day: write a day of the calendar as 2018-05-01"


QUERY = """# VALUES ?asOf { "1999-01-01"^^xsd:date } is what to change
SELECT ?asOf WHERE {
  VALUES ?asOf DAYS
  ?s ?p "VALUES" .
}
"""


@pytest.mark.parametrize(
    "days",
    [
        '{ "2018-05-01"^^xsd:date }',
        '{"2018-05-01"^^xsd:date}',
        '{ "2018-05-01"^^xsd:date "2018-06-01"^^xsd:date }',
        '{\n    "2018-05-01"^^xsd:date\n    "2018-06-01"^^xsd:date\n  }',
    ],
)
def test_a_query_is_asked_of_one_day_instead_of_its_own(days: str) -> None:
    text = QUERY.replace("DAYS", days)
    assert takes_day(text)
    asked = as_of(text, "2016-02-29")
    assert asked == text.replace(days, '{ "2016-02-29"^^xsd:date }')
    assert as_of(asked, "2016-02-29") == asked


def test_a_query_on_one_line_is_asked_of_a_day() -> None:
    text = f'SELECT ?asOf {{ VALUES ?asOf {{ "2018-05-01"^^<{DAY}> }} ?s ?p ?o }}'
    assert as_of(text, "2020-01-01") == text.replace("2018-05-01", "2020-01-01")


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * WHERE { ?s ?p ?o }",
        '# VALUES ?asOf { "2018-05-01"^^xsd:date }\nSELECT * WHERE { ?s ?p ?o }',
        'SELECT * WHERE { VALUES ?day { "2018-05-01"^^xsd:date } }',
        "SELECT * WHERE { VALUES ?asOf { } }",
    ],
)
def test_a_query_that_asks_of_no_day_is_refused(text: str) -> None:
    assert not takes_day(text)
    with pytest.raises(QueryError) as error:
        as_of(text, "2018-05-01")
    assert str(error.value) == (
        "the query asks of no day: to ask it as of 2018-05-01, "
        'give it a line VALUES ?asOf { "2018-05-01"^^xsd:date }'
    )
