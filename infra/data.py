"""What must outlive a deployment: the tables, the secrets and the key. Everything else can be made again."""

from typing import Any

from aws_cdk import RemovalPolicy, SecretValue, Stack, Token
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secrets
from constructs import Construct

from infra.acknowledged import acknowledge
from infra.config import Environment


class Data(Stack):
    def __init__(self, scope: Construct, id_: str, *, config: Environment) -> None:
        super().__init__(scope, id_, stack_name=f"segue-{config.name}-data", description="Segue: tables and secrets")
        removal = RemovalPolicy.RETAIN if config.keep_data else RemovalPolicy.DESTROY
        self.key = _key(self, config, removal) if config.customer_key else None
        self.profiles = self._table("Profiles", config, removal)
        self.profiles.add_global_secondary_index(
            index_name="due",
            partition_key=_text("due_bucket"),
            sort_key=_text("due"),
            projection_type=dynamodb.ProjectionType.KEYS_ONLY,
        )
        self.profiles.add_global_secondary_index(
            index_name="ended",
            partition_key=_text("ended_bucket"),
            sort_key=_text("ended"),
            projection_type=dynamodb.ProjectionType.KEYS_ONLY,
        )
        self.registry = self._table("Registry", config, removal)
        self.write_keys = self._secret(
            "WriteKeys",
            "Who may send events: named write keys. There is none until you add one",
            removal,
            secret_string_value=SecretValue.unsafe_plain_text('{"keys": []}'),
        )
        self.signing_keys = self._secret(
            "SigningKeys",
            "What recipients' links and tokens are signed with: newest first; and the seed that it began with",
            removal,
            generate_secret_string=secrets.SecretStringGenerator(
                secret_string_template='{"keys": []}',  # noqa: S106 - it holds none
                generate_string_key="seed",
                exclude_punctuation=True,
                password_length=64,
            ),
        )

        self.connectors = self._secret(
            "Connectors",
            "What connectors prove themselves with, by the name that connectors.yaml gives it",
            removal,
            secret_string_value=SecretValue.unsafe_plain_text("{}"),
        )

    def _table(self, id_: str, config: Environment, removal: RemovalPolicy) -> dynamodb.Table:
        """`Table`, since `TableV2` knows no customer key where the region is only known when it is deployed."""
        owned = dynamodb.TableEncryption.CUSTOMER_MANAGED if self.key else dynamodb.TableEncryption.DEFAULT
        return dynamodb.Table(
            self,
            id_,
            partition_key=_text("pk"),
            sort_key=_text("sk"),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            time_to_live_attribute="expires",
            encryption=owned,
            encryption_key=self.key,
            deletion_protection=config.keep_data,
            removal_policy=removal,
        )

    def _secret(self, id_: str, description: str, removal: RemovalPolicy, **content: Any) -> secrets.Secret:
        """docs/operations.md says how a key is added and how one is replaced."""
        secret = secrets.Secret(
            self,
            id_,
            description=description,
            encryption_key=self.key,
            **content,
            removal_policy=removal,
        )
        acknowledge(
            secret,
            "AwsSolutions-SMG4",
            "clients and sent e-mails hold these keys: one is added, then the old one taken out, by an operator",
        )
        return secret

    def let(self, grantee: iam.IGrantable, *actions: str, on: dynamodb.Table, index: str = "") -> None:
        """Grants exactly these DynamoDB actions on a table, or on one of its indexes."""
        arn = f"{on.table_arn}/index/{index}" if index else on.table_arn
        iam.Grant.add_to_principal(
            grantee=grantee, actions=[f"dynamodb:{action}" for action in actions], resource_arns=[arn]
        )
        if self.key:
            self.key.grant(grantee, *_KEY_USES)

    def let_read(self, grantee: iam.IGrantable, secret: secrets.Secret) -> None:
        """`secret.grant_read` would name the reader in the key's policy, and so bind this stack to the other."""
        iam.Grant.add_to_principal(
            grantee=grantee, actions=["secretsmanager:GetSecretValue"], resource_arns=[self.arn(secret)]
        )
        if self.key:
            self.key.grant_decrypt(grantee)

    @staticmethod
    def arn(secret: secrets.Secret) -> str:
        """As the attribute `Id`, which is the ARN; a reference is the ARN in AWS only, and the name in the emulator."""
        raw = secret.node.default_child
        assert isinstance(raw, secrets.CfnSecret)
        return Token.as_string(raw.get_att("Id"))


def _text(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)


# What DynamoDB does with a customer key in its caller's name.
_KEY_USES = (
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)


def _key(scope: Construct, config: Environment, removal: RemovalPolicy) -> kms.Key:
    """CloudWatch may use it too, for alarms speak to a topic that is encrypted with it."""
    key = kms.Key(
        scope,
        "Key",
        alias=f"segue-{config.name}",
        enable_key_rotation=True,
        removal_policy=removal,
        description="Segue",
    )
    key.grant(iam.ServicePrincipal("cloudwatch.amazonaws.com"), "kms:Decrypt", "kms:GenerateDataKey")
    return key
