"""A workspace loads whole, or tells every mistake with its place and a hint."""

import shutil
from pathlib import Path

import pytest

from segue.events.identity import Identity
from segue.problem import Kind
from segue.workspace.bundle import Workspace
from segue.workspace.load import inspect, load
from segue.workspace.source import Mistake, WorkspaceError

SHIPPED = Path("workspace")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "workspace"))


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


def line_of(file: Path, words: str) -> int:
    return next(number for number, line in enumerate(file.read_text().splitlines(), 1) if words in line)


def mistakes(folder: Path) -> tuple[Mistake, ...]:
    with pytest.raises(WorkspaceError) as raised:
        load(folder)
    return raised.value.mistakes


def test_the_example_workspace_has_no_mistakes() -> None:
    names = [journey.name for journey in load(SHIPPED).journeys]

    assert names == ["first-order-thanks", "listening-tips", "support-ticket", "win-back"]


def test_the_bundle_is_the_workspace_again(tmp_path: Path) -> None:
    workspace = load(SHIPPED)
    (tmp_path / "workspace.json").write_text(workspace.to_bundle())

    bundled = Workspace.from_bundle(tmp_path / "workspace.json")

    assert bundled == workspace.model_copy(update={"products": ()})


def test_without_a_file_people_are_known_as_by_default(folder: Path) -> None:
    (folder / "identity.yaml").unlink()

    assert load(folder).identity == Identity()


def test_mistakes_in_what_people_are_known_by_have_their_lines(folder: Path) -> None:
    file = folder / "identity.yaml"
    file.write_text("namespaces:\n  crm:\n    limit: 0\n    pats: []\nblock:\n  - /(/\n")
    assert [mistake.line for mistake in mistakes(folder)] == [3, 4, 6]

    file.write_text("namespaces: {}\ndefault_region: XX\n")
    [mistake] = mistakes(folder)
    assert (mistake.file, mistake.line) == ("identity.yaml", 2)
    assert "US or DE" in mistake.hint


def test_blocked_values_may_be_written_as_yaml_likes_them(folder: Path) -> None:
    (folder / "identity.yaml").write_text("block: [-2, null, true, void]\n")

    assert load(folder).identity.block == ("-2", "null", "true", "void")


def test_three_mistakes_in_two_files_are_told_at_once_with_file_line_and_hint(folder: Path) -> None:
    journey, template = folder / "journeys/win-back.yaml", folder / "templates/thank-you.yaml"
    change(journey, "event: Order Completed\n  again", "event: Order Complete\n  again")
    change(journey, "template: we-miss-you, channel: email", "template: we-mis-you, channel: email")
    change(template, "{{ profile.traits.first_name }}", "{{ profile.traits.frist_name }}")

    found = mistakes(folder)

    assert [(mistake.file, mistake.line) for mistake in found] == [
        ("journeys/win-back.yaml", line_of(journey, "event: Order Complete")),
        ("journeys/win-back.yaml", line_of(journey, "we-mis-you")),
        ("templates/thank-you.yaml", line_of(template, "frist_name")),
    ]
    assert all(mistake.hint for mistake in found)
    assert "Order Completed" in found[0].hint
    assert "we-miss-you" in found[1].hint
    assert "first_name" in found[2].hint


def test_a_journey_that_waits_for_an_event_which_the_plan_does_not_know_is_a_mistake(folder: Path) -> None:
    change(folder / "journeys/win-back.yaml", "event: Email Opened", "event: Mail Opened")

    (mistake,) = mistakes(folder)

    assert "Mail Opened" in mistake.message
    assert "Email Opened" in mistake.hint


def test_a_word_that_is_not_known_is_named_where_it_stands(folder: Path) -> None:
    policy = folder / "policy.yaml"
    policy.write_text(policy.read_text() + "quiet: true\n")

    (mistake,) = mistakes(folder)

    assert (mistake.file, mistake.line) == ("policy.yaml", line_of(policy, "quiet"))
    assert "'quiet' is not a word here" in mistake.message


def test_broken_yaml_hides_no_mistake_of_another_file(folder: Path) -> None:
    (folder / "events/email.yaml").write_text("events: [\n")
    change(folder / "policy.yaml", "09:00-20:00", "09:00-29:00")

    assert [mistake.file for mistake in mistakes(folder)] == ["events/email.yaml", "policy.yaml"]


def test_a_key_that_stands_twice_is_a_mistake(folder: Path) -> None:
    journey = folder / "journeys/listening-tips.yaml"
    journey.write_text(journey.read_text() + "owner: somebody\n")

    (mistake,) = mistakes(folder)

    assert "'owner' stands here twice" in mistake.message


def test_a_missing_file_and_a_missing_folder_are_named(folder: Path, tmp_path: Path) -> None:
    (folder / "policy.yaml").unlink()

    assert [mistake.file for mistake in mistakes(folder)] == ["policy.yaml"]
    assert "no such folder" in mistakes(tmp_path / "nowhere")[0].message


def test_a_file_is_named_after_what_it_defines(folder: Path) -> None:
    (folder / "journeys/win-back.yaml").rename(folder / "journeys/winback.yaml")

    examples, mistake = mistakes(folder)

    assert "file of another name" in mistake.message
    assert (examples.file, examples.kind) == ("journeys/win-back.examples.yaml", Kind.UNREAD)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("sources/shopify.yml", "did you mean sources/shopify.yaml?"),
        ("identities.yaml", "did you mean identity.yaml?"),
        ("journeys/extra.YAML", "did you mean journeys/extra.yaml?"),
        ("journey/win-back.yaml", "did you mean journeys/win-back.yaml?"),
        ("events/shop/orders.yaml", "did you mean events/orders.yaml?"),
        ("journeys/nobody.examples.yaml", "there is no nobody.yaml of which these would be examples"),
        ("templates/thank-you.examples.yaml", "docs/workspace.md names the files that are read"),
        ("drafts/of/mine.yml", "docs/workspace.md names the files that are read"),
    ],
)
def test_a_file_that_nothing_reads_is_told_with_what_was_meant(folder: Path, name: str, hint: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("a: b\n")

    (told,) = inspect(folder).mistakes

    assert (told.file, told.kind, told.hint) == (name, Kind.UNREAD, hint)


@pytest.mark.parametrize(
    "name", ["README.md", "catalog/more.csv", ".yamllint.yaml", ".github/workflows/lint.yml", "schemas/events.json"]
)
def test_files_of_other_kinds_are_nobodys_business(folder: Path, name: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("a: b\n")

    assert inspect(folder).mistakes == ()


def test_an_event_is_planned_in_one_file_only(folder: Path) -> None:
    (folder / "events/more.yaml").write_text("events:\n  - name: Order Completed\n")

    (mistake,) = mistakes(folder)

    assert (mistake.file, mistake.line) == ("events/more.yaml", 2)
    assert "events/commerce.yaml" in mistake.message


def test_the_products_of_the_catalogue_are_read_for_the_simulation_and_do_not_travel(folder: Path) -> None:
    workspace = load(folder)

    assert {product.id for product in workspace.products} > {"cd-1001", "cd-1012"}
    assert "cd-1001" not in workspace.to_bundle()


def test_a_workspace_needs_no_catalogue(folder: Path) -> None:
    (folder / "catalog.yaml").unlink()

    assert load(folder).catalog is None
    assert load(folder).products == ()


def test_a_row_that_is_no_product_is_named_in_its_own_file(folder: Path) -> None:
    change(folder / "catalog/products.csv", "14.90", "14,90")

    (mistake,) = mistakes(folder)

    assert (mistake.file, mistake.line) == ("catalog/products.csv", 2)
    assert mistake.message == "6 columns instead of 5"


@pytest.mark.parametrize(
    ("old", "new", "told", "hint"),
    [
        (
            "[price, category, name]",
            "[price, catgory]",
            "no product in catalog/products.csv has a 'catgory'",
            "category",
        ),
        ("name, margin]", "name, colour]", "has a 'colour'", "there are: category, cost, margin, name, price"),
        ("Order Completed:", "Order Complete:", "knows no event 'Order Complete'", "did you mean 'Order Completed'?"),
        ("Order Completed:", "purchase:", "'purchase' is only an alias", "'Order Completed'"),
        ("catalog/products.csv", "catalog/product.csv", "There is no file", "leave `file` out"),
        ("catalog/products.csv", "../../etc/passwd", "is not inside the workspace", "put it there"),
        ("product: product_id", "product: product_id\ntypes: {price: text}", "price is always a number", ""),
    ],
)
def test_what_nobody_knows_of_a_catalogue_is_named_with_its_line(folder, old, new, told, hint) -> None:
    file = folder / "catalog.yaml"
    change(file, old, new)

    (mistake,) = mistakes(folder)

    assert (mistake.file, mistake.line) == ("catalog.yaml", line_of(file, new.split("\n")[-1]))
    assert told in mistake.message
    assert hint in mistake.hint


def test_a_time_of_day_is_a_text_and_no_is_a_word(folder: Path) -> None:
    change(folder / "policy.yaml", "window: 09:00-20:00", 'window: "20:00-09:00"')

    assert str(load(folder).policy.channels["email"].window).startswith("20:00")


def test_words_of_the_policy_that_nobody_defines_are_named_where_they_stand(folder: Path) -> None:
    policy = folder / "policy.yaml"
    change(policy, "Support Ticket Closed", "Support Ticket Close")
    change(policy, "purpose: marketing,", "purpose: marketin,")
    change(policy, "categories: [marketing]", "categories: [marketing, gossip]")

    found = mistakes(folder)

    assert [(mistake.file, mistake.line) for mistake in found] == [
        ("policy.yaml", line_of(policy, "total:")),
        ("policy.yaml", line_of(policy, "purpose: marketin,")),
        ("policy.yaml", line_of(policy, "Support Ticket Close")),
    ]
    assert "marketing" in found[1].hint
    assert "Support Ticket Closed" in found[2].hint


def test_a_topic_that_the_policy_does_not_name_is_a_mistake_of_the_journey_and_of_the_template(folder: Path) -> None:
    change(folder / "policy.yaml", "  offers:", "  bargains:")

    found = mistakes(folder)

    assert {mistake.message for mistake in found} == {"there is no topic 'offers'"}
    assert {mistake.file.partition("/")[0] for mistake in found} == {"journeys", "templates"}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("service: {default: granted}", "service: {default: by_region}", "not for service"),
        ("for: 24h, until_event: Support Ticket Closed, ", "", "a pause has an end"),
        ("marketing: {default: by_region", "marketing: {regions: {Germany: denied}", "'Germany' is no place"),
    ],
)
def test_what_a_policy_cannot_mean_is_said(folder: Path, old: str, new: str, message: str) -> None:
    change(folder / "policy.yaml", old, new)

    assert any(message in mistake.message for mistake in mistakes(folder))


def test_mistakes_in_a_source_are_told_with_file_line_column_and_what_is_wrong(folder: Path) -> None:
    source = folder / "sources/shopify.yaml"
    change(source, "revenue: to_number(detail.payload.total_price)", "revenue: to_number(detail..total_price)")
    change(source, "reason: detail.payload.cancel_reason", "reason: lowr(detail.payload.cancel_reason)")

    found = mistakes(folder)

    assert [(mistake.file, mistake.line) for mistake in found] == [
        ("sources/shopify.yaml", line_of(source, "detail..total_price")),
        ("sources/shopify.yaml", line_of(source, "lowr(")),
    ]
    assert "column 18: '.' cannot stand here" in found[0].message
    assert "unknown function 'lowr'" in found[1].message
    assert found[1].hint == "did you mean 'lower'?"


def test_a_source_that_makes_no_sense_is_told_with_its_lines(folder: Path) -> None:
    source = folder / "sources/shopify.yaml"
    change(source, "event: \"'Order Cancelled'\"", "event: \"'Order Cancelt'\"")
    change(source, "detail-type: [shopifyWebhook]", "detail-type: shopifyWebhook")
    change(source, "source: shopify\n", "source: shop\n")

    found = mistakes(folder)

    assert [(mistake.line, mistake.message) for mistake in found] == [
        (line_of(source, "source: shop"), "the source 'shop' stands in a file of another name"),
        (line_of(source, "detail-type"), "'detail-type' in a pattern takes a list of values"),
        (line_of(source, "Order Cancelt"), "the tracking plan knows no event 'Order Cancelt'"),
    ]
    assert all(mistake.hint for mistake in found)


@pytest.mark.parametrize("name", ["policy", "jurisdictions", "traits", "workspace", "journeys/win-back"])
@pytest.mark.parametrize("text", ["- 1\n", "1\n", "just a text\n"])
def test_a_file_that_holds_no_mapping_at_all_is_told_by_its_first_line(folder: Path, name: str, text: str) -> None:
    (folder / f"{name}.yaml").write_text(text)

    found = [mistake for mistake in mistakes(folder) if mistake.file == f"{name}.yaml"]

    assert [(mistake.line, mistake.kind) for mistake in found] == [(1, Kind.WRONG_TYPE)]
    assert "the file must be a mapping" in found[0].message


def test_all_mistakes_together_name_the_files_as_somebody_finds_them(folder: Path, monkeypatch) -> None:
    monkeypatch.chdir(folder.parent)
    (folder / "policy.yaml").write_text("- 1\n")

    with pytest.raises(WorkspaceError, match=f"(?m)^{folder.name}/policy.yaml:1:1: error E014"):
        load(folder)
