import pytest

from tests.infra.conftest import ENVIRONMENTS, Assembly


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_tables_are_paid_by_use_recoverable_and_forget_what_has_expired(assembly: Assembly, environment: str) -> None:
    tables = assembly.data(environment).all("AWS::DynamoDB::Table")

    assert len(tables) == 2
    for table in tables:
        assert table.properties["BillingMode"] == "PAY_PER_REQUEST"
        assert table.properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        assert table.properties["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}
        assert [key["AttributeName"] for key in table.properties["KeySchema"]] == ["pk", "sk"]


def test_only_profiles_have_indexes_of_what_is_due_and_has_ended_and_they_hold_keys_only(assembly: Assembly) -> None:
    indexes = [table.properties.get("GlobalSecondaryIndexes", []) for table in tables_of(assembly)]

    (found,) = [each for each in indexes if each]
    keys = {each["IndexName"]: [key["AttributeName"] for key in each["KeySchema"]] for each in found}
    assert keys == {"due": ["due_bucket", "due"], "ended": ["ended_bucket", "ended"]}
    assert all(each["Projection"] == {"ProjectionType": "KEYS_ONLY"} for each in found)


def tables_of(assembly: Assembly):
    return assembly.data("production").all("AWS::DynamoDB::Table")


def test_production_tables_and_secrets_are_under_the_customers_key(assembly: Assembly) -> None:
    data = assembly.data("production")
    (key,) = data.all("AWS::KMS::Key")

    for table in tables_of(assembly):
        assert table.properties["SSESpecification"]["KMSMasterKeyId"] == {"Fn::GetAtt": [key.id, "Arn"]}
    for secret in data.all("AWS::SecretsManager::Secret"):
        assert secret.properties["KmsKeyId"] == {"Fn::GetAtt": [key.id, "Arn"]}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_there_is_no_write_key_until_somebody_adds_one(assembly: Assembly, environment: str) -> None:
    secrets = {each.id[:5]: each.properties for each in assembly.data(environment).all("AWS::SecretsManager::Secret")}

    assert secrets["Write"]["SecretString"] == '{"keys": []}'


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_first_signing_key_is_made_in_aws_and_stands_in_no_template(assembly: Assembly, environment: str) -> None:
    (signing,) = [
        each.properties
        for each in assembly.data(environment).all("AWS::SecretsManager::Secret")
        if each.id.startswith("Signing")
    ]

    assert "SecretString" not in signing
    assert signing["GenerateSecretString"]["GenerateStringKey"] == "seed"
    assert signing["GenerateSecretString"]["PasswordLength"] == 64


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_what_is_kept_needs_nothing_of_what_can_be_made_again(assembly: Assembly, environment: str) -> None:
    assert "Fn::ImportValue" not in str(assembly.data(environment).body)
