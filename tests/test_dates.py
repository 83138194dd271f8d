"""Partial dates, as XSD and as sentences write them."""

import pytest

from almaty_graph.dates import DAY, MONTH, YEAR, is_partial_date, read_dates


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
