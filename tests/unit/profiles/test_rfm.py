"""Recency, frequency and monetary value over a year of a real shop are what plain pandas says, for every customer."""

from pathlib import Path

import pytest

from segue.profiles.profile import OWN, Part, Profile
from segue.profiles.rules import Rules
from tests.builders import NOON, an_event

DATA = Path(__file__).parents[3] / "../shared/data/online_retail_y1/online_retail_2009_2010.parquet"


def rfm(*events) -> dict:
    rules, part = Rules(), Part()
    for event in events:
        part = rules.fold(part, event)
    return rules.read(Profile(profile_id="u-1", parts={OWN: part}), NOON, ["rfm"])["rfm"]


def test_orders_count_and_refunds_take_their_value_off_whatever_its_sign():
    found = rfm(
        an_event(properties={"revenue": 10.1}),
        an_event(message_id="2", properties={"total": 0.2}),
        an_event("Order Refunded", properties={"total": -0.3}),
        an_event("Order Refunded", message_id="3", properties={"total": 1}),
    )

    assert found == {"last": NOON, "frequency": 2, "monetary": 9.0}


@pytest.mark.skipif(not DATA.exists(), reason="the recorded data is not there")
def test_a_year_of_orders_gives_what_pandas_gives_for_every_customer():
    """A line without a customer is nobody's; an invoice that begins with C, or comes to less than nothing, refunds."""
    pandas = pytest.importorskip("pandas")
    lines = pandas.read_parquet(DATA).dropna(subset=["Customer ID"])
    lines["value"] = lines["Quantity"] * lines["Price"]
    made = lines.groupby(["Customer ID", "Invoice"], as_index=False).agg(
        at=("InvoiceDate", "min"), value=("value", "sum")
    )
    made["at"] = pandas.to_datetime(made["at"], utc=True)
    made["value"] = made["value"].round(2)
    made["refund"] = made["Invoice"].astype(str).str.startswith("C") | (made["value"] < 0)

    parts: dict[str, Part] = {}
    rules = Rules()
    for customer, invoice, at, value, refund in made.sample(frac=1, random_state=1).itertuples(index=False):
        name, key = ("Order Refunded", "total") if refund else ("Order Completed", "revenue")
        event = an_event(name, at=at.to_pydatetime(), message_id=str(invoice), properties={key: float(value)})
        parts[customer] = rules.fold(parts.get(customer, Part()), event)

    orders = made[~made["refund"]].groupby("Customer ID").agg(last=("at", "max"), frequency=("at", "size"))
    expected = made.groupby("Customer ID").agg(monetary=("value", "sum")).join(orders)
    assert len(parts) == len(expected) > 4000
    for customer, row in expected.iterrows():
        found = rules.read(Profile(profile_id="u-1", parts={OWN: parts[customer]}), NOON, ["rfm"])["rfm"]
        assert round(found["monetary"], 2) == round(row["monetary"], 2) + 0.0, customer
        if row["frequency"] > 0:
            assert found["frequency"] == row["frequency"]
            assert found["last"] == row["last"].to_pydatetime()
        else:
            assert "frequency" not in found
