"""JMESPath of mappings: what is wrong with an expression is told when it is read, and it finds what it names."""

import pytest
from pydantic import BaseModel

from segue.events.expressions import Expression, NoAnswer


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("detail.[", "column 9: it ends too early"),
        ("detail..id", "column 8: '.' cannot stand here"),
        ("detail ~ id", "column 8: unknown token"),
        ("'Order", "column 1: unclosed ' delimiter"),
        ("", "it is empty"),
        ("to_numbr(a)", "column 1: unknown function 'to_numbr'; did you mean 'to_number'?"),
        ("a.{b: join(c)}", "column 7: join() takes 2 arguments, and has 1"),
        ("not_null()", "not_null() takes at least 1 arguments, and has 0"),
    ],
)
def test_what_is_wrong_with_an_expression_is_told_in_one_line(text: str, told: str) -> None:
    with pytest.raises(ValueError) as error:
        Expression.parse(text)

    assert told in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("detail.id", 7),
        ("detail.nothing.there", None),
        ("lower('Ada@EXAMPLE.com')", "ada@example.com"),
        ("split('/', 'a/b')", ["a", "b"]),
        ("from_seconds(`1773140281`)", "2026-03-10T10:58:01+00:00"),
        ("from_milliseconds(`1773147600000`)", "2026-03-10T13:00:00+00:00"),
        ("from_seconds(detail.nothing)", None),
        ('"detail-type"', "Order"),
    ],
)
def test_an_expression_finds_what_it_names(text: str, answer: object) -> None:
    assert Expression.parse(text).answer({"detail": {"id": 7}, "detail-type": "Order"}) == answer


@pytest.mark.parametrize("text", ["join('-', [secret])", "from_seconds(secret)", "from_seconds(`1e300`)"])
def test_an_expression_without_an_answer_says_why_and_quotes_no_data(text: str) -> None:
    with pytest.raises(NoAnswer) as error:
        Expression.parse(text).answer({"secret": {"ada": "ada@example.com"}})

    assert "ada" not in str(error.value)


def test_only_a_literal_is_known_before_any_event() -> None:
    assert [Expression.parse(text).literal for text in ("'Order'", "detail.name", "`null`")] == ["Order", None, None]


class Model(BaseModel):
    what: Expression


def test_in_a_model_an_expression_is_its_text() -> None:
    model = Model.model_validate({"what": "detail.id"})

    assert model.model_dump_json() == '{"what":"detail.id"}'
    assert Model.model_validate_json(model.model_dump_json()) == model
