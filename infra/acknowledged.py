"""Where cdk-nag's advice is not followed, with the reason, at the construct concerned."""

from typing import Any

from aws_cdk import Acknowledgment, Stack, Validations
from constructs import IConstruct


def acknowledge(construct: IConstruct, rule: str, reason: str) -> None:
    """`rule` may name the finding in brackets, as cdk-nag reports it: `AwsSolutions-IAM5[Resource::<arn>]`."""
    Validations.of(construct).acknowledge(Acknowledgment(id=_spelled(Stack.of(construct).resolve(rule)), reason=reason))


def _spelled(resolved: Any) -> str:
    """cdk-nag writes what is known only in AWS in angle brackets: `arn:<AWS::Partition>:s3:::x`, `<Table.Arn>`."""
    match resolved:
        case str():
            return resolved
        case {"Ref": name}:
            return f"<{name}>"
        case {"Fn::GetAtt": [name, attribute]}:
            return f"<{name}.{attribute}>"
        case {"Fn::Join": ["", parts]}:
            return "".join(_spelled(part) for part in parts)
        case _:
            message = f"no way to name {resolved!r} in an acknowledgement"
            raise ValueError(message)
