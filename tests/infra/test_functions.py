import pytest

from segue.aws.settings import Settings
from tests.infra.conftest import ENVIRONMENTS, FUNCTIONS, ROOT, Assembly, Resource, Template, listed

OWN = {"logs:CreateLogStream", "logs:PutLogEvents", "xray:PutTraceSegments", "xray:PutTelemetryRecords"}
CONSUMES = {
    "sqs:ReceiveMessage",
    "sqs:ChangeMessageVisibility",
    "sqs:GetQueueUrl",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
}
WAKES_RUNS = {"states:SendTaskSuccess", "states:SendTaskFailure"}
KEEPS = {"dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem"}
CHECKS = {"dynamodb:ConditionCheckItem"}
TELLS, SENDS, SECRET = {"events:PutEvents"}, {"sqs:SendMessage"}, {"secretsmanager:GetSecretValue"}
# Lambda itself puts a failed asynchronous call on its queue, with the function's role.
FAILS_ASYNC = {"sqs:GetQueueUrl", "sqs:GetQueueAttributes"}
MAY = {
    "ingest": TELLS | SECRET,
    "source": TELLS
    | CONSUMES
    | SENDS
    | {"dynamodb:GetItem", "s3:DeleteObject", "s3:GetObject", "s3:ListBucket", "s3:PutObject"},
    "profile": KEEPS | CONSUMES | SENDS | {"dynamodb:BatchGetItem", "dynamodb:BatchWriteItem", "dynamodb:UpdateItem"},
    "journey": KEEPS | CHECKS | CONSUMES | TELLS | WAKES_RUNS | {"states:StartExecution"},
    "step": KEEPS | CONSUMES | TELLS | WAKES_RUNS | SENDS | {"dynamodb:UpdateItem"},
    "connect": KEEPS | CONSUMES | TELLS | WAKES_RUNS | SECRET,
    "decide": KEEPS | CHECKS | CONSUMES | TELLS | SENDS | WAKES_RUNS,
    "release": SENDS | FAILS_ASYNC | {"dynamodb:GetItem", "dynamodb:Query", "dynamodb:UpdateItem"},
    "deliver": KEEPS | CHECKS | CONSUMES | TELLS | SECRET | WAKES_RUNS | {"ses:SendEmail"},
    "api": KEEPS
    | SENDS
    | SECRET
    | TELLS
    | WAKES_RUNS
    | {"dynamodb:BatchGetItem", "dynamodb:UpdateItem", "dynamodb:BatchWriteItem", "s3:PutObject", "s3:GetObject"}
    | {"states:DescribeExecution"},
    "erase": KEEPS
    | CONSUMES
    | SENDS
    | SECRET
    | {"dynamodb:UpdateItem", "dynamodb:BatchWriteItem", "states:StopExecution", "s3:ListBucket", "s3:DeleteObject"},
    "subscriber": TELLS | SECRET | {"dynamodb:GetItem", "dynamodb:Query", "dynamodb:UpdateItem"},
}
KEY = {"kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo"}


def role_of(function: Resource) -> str:
    return function.properties["Role"]["Fn::GetAtt"][0]


def resources(app: Template, name: str, action: str) -> list[str]:
    statements = app.statements(role_of(app.functions()[name]))
    return [str(arn) for each in statements if action in listed(each["Action"]) for arn in listed(each["Resource"])]


def test_every_folder_of_functions_is_deployed() -> None:
    folders = {path.parent.name for path in (ROOT / "functions").glob("*/handler.py")}

    assert folders == set(FUNCTIONS)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_function_is_traced_logs_for_a_while_and_has_a_role_of_its_own(
    assembly: Assembly, environment: str
) -> None:
    app = assembly.app(environment)
    functions = app.functions()

    assert set(functions) == set(FUNCTIONS)
    assert len({role_of(each) for each in functions.values()}) == len(FUNCTIONS)
    for name, function in functions.items():
        group = app[function.properties["LoggingConfig"]["LogGroup"]["Ref"]]
        assert group.properties["RetentionInDays"]
        assert function.properties["TracingConfig"] == {"Mode": "Active"}
        assert [
            layer
            for layer in ("Vendor", "Core", "Workspace", "Templates")
            if layer in str(function.properties["Layers"])
        ] == ["Vendor", "Core", "Workspace", *(["Templates"] if name in ("deliver", "step", "connect", "api") else [])]
        assert function.properties["Handler"] == "handler.handler"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_may_do_exactly_what_it_does(assembly: Assembly, name: str) -> None:
    app = assembly.app("local")

    assert app.actions(role_of(app.functions()[name])) == MAY[name] | OWN


@pytest.mark.parametrize("name", FUNCTIONS)
def test_in_production_the_key_is_all_that_is_added(assembly: Assembly, name: str) -> None:
    app = assembly.app("production")

    assert app.actions(role_of(app.functions()[name])) - MAY[name] - OWN <= KEY


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_no_action_is_granted_by_wildcard(assembly: Assembly, environment: str) -> None:
    app = assembly.app(environment)

    assert not [action for role in app.all("AWS::IAM::Role") for action in app.actions(role.id) if "*" in action]
    assert not any(role.properties.get("ManagedPolicyArns") for role in app.all("AWS::IAM::Role"))


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_only_tracing_and_log_delivery_are_allowed_on_everything(assembly: Assembly, environment: str) -> None:
    app = assembly.app(environment)
    on_everything = {
        action
        for role in app.all("AWS::IAM::Role")
        for statement in app.statements(role.id)
        if "*" in listed(statement["Resource"])
        for action in listed(statement["Action"])
    }

    assert {action.split(":")[0] for action in on_everything} == {"xray", "logs"}


def test_release_reads_the_index_of_what_is_due_and_nothing_else_by_query(assembly: Assembly) -> None:
    (index,) = resources(assembly.app("local"), "release", "dynamodb:Query")

    assert "/index/due" in index


def test_only_profile_looks_up_products(assembly: Assembly) -> None:
    app = assembly.app("local")

    readers = {name: resources(app, name, "dynamodb:BatchGetItem") for name in FUNCTIONS}

    of_the_registry = [name for name, tables in readers.items() if any("Registry" in table for table in tables)]
    assert of_the_registry == ["profile"]


@pytest.mark.parametrize("name", ["decide", "deliver"])
def test_who_must_know_of_a_pause_reads_the_registry(assembly: Assembly, name: str) -> None:
    assert any("Registry" in each for each in resources(assembly.app("local"), name, "dynamodb:GetItem"))


def test_each_sender_reaches_its_own_queues_only(assembly: Assembly) -> None:
    app = assembly.app("local")

    reached = {name: resources(app, name, "sqs:SendMessage") for name in ("profile", "decide", "release", "api")}

    assert sorted("Signals" in each for each in reached["profile"]) == [False, True]
    assert sorted("Timers" in each for each in reached["profile"]) == [False, True]
    taken = ("Requests", "Timers", "Unreleased")
    assert sorted(name for each in reached["release"] for name in taken if name in each) == sorted(taken)
    assert sorted("Deliveries" in each for each in reached["decide"]) == [False, True]
    assert sorted("Requests" in each for each in reached["api"]) == [False, True]


def test_runs_are_moved_in_this_environment_only(assembly: Assembly) -> None:
    app = assembly.app("staging")

    for name in ("journey", "step", "connect", "decide", "deliver", "api"):
        (machines,) = resources(app, name, "states:SendTaskSuccess")
        assert "stateMachine:segue-staging-*" in machines


def test_mail_goes_from_identities_of_this_account_with_our_configuration(assembly: Assembly) -> None:
    allowed = resources(assembly.app("production"), "deliver", "ses:SendEmail")

    assert sorted(":identity/*" in each or ":configuration-set/" in each for each in allowed) == [True, True]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_settings_arrive_as_they_were_written(assembly: Assembly, environment: str) -> None:
    for function in assembly.app(environment).functions().values():
        variables = function.properties["Environment"]["Variables"]
        assert Settings.from_env(variables).environment == environment
        assert Settings.from_env(variables).to_env().keys() == {each for each in variables if each.startswith("SEGUE_")}


def test_a_function_knows_only_the_names_of_what_it_may_use(assembly: Assembly) -> None:
    known = {
        name: Settings.from_env(function.properties["Environment"]["Variables"])
        for name, function in assembly.app("local").functions().items()
    }

    assert {name for name in known if known[name].registry_table} == {
        *("profile", "journey", "decide", "deliver", "api", "erase"),
    }
    assert {name for name in known if known[name].signing_secret} == {"deliver", "subscriber", "api", "erase"}
    assert {name for name in known if known[name].write_keys_secret} == {"ingest"}
    assert {name for name in known if known[name].imports_bucket} == {"source"}
    assert {name for name in known if known[name].requests_queue} == {"decide", "release", "api"}
    assert {name for name in known if known[name].from_address} == {"deliver"}


def test_logs_and_metrics_name_the_environment_since_two_may_share_an_account(assembly: Assembly) -> None:
    variables = assembly.app("dev").functions()["decide"].properties["Environment"]["Variables"]

    assert variables["POWERTOOLS_SERVICE_NAME"] == "dev-decide"


def test_only_a_function_that_comes_back_to_itself_is_let_loop(assembly: Assembly) -> None:
    looping = {
        name
        for name, function in assembly.app("production").functions().items()
        if function.properties.get("RecursiveLoop") == "Allow"
    }

    assert looping == {"decide", "erase", "profile", "source"}
