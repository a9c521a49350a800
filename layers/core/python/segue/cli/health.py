"""How a stack is: its journeys, and what lies in its queues."""

from collections.abc import Mapping

from segue.cli.place import client, journeys_of


def health(told: Mapping[str, str]) -> dict[str, str]:
    """In words, by what it is about; `told` are the outputs of the deployment."""
    from segue.aws.registry import DynamoRegistry  # noqa: PLC0415 - half a second, which other commands do without
    from segue.aws.table import rows  # noqa: PLC0415

    registry = DynamoRegistry(rows(told["RegistryTable"]))
    return {
        "journeys": ", ".join(f"{name}{' (paused)' if registry.paused(name) else ''}" for name in journeys_of(told)),
        "in queues": _lying(told, "QueueUrl"),
        "dead letters": _lying(told, "DeadLettersUrl"),
    }


def _lying(told: Mapping[str, str], suffix: str) -> str:
    sqs, names = client("sqs"), ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    counts = {}
    for name, url in told.items():
        if name.endswith(suffix):
            attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
            counts[name.removesuffix(suffix).lower()] = sum(map(int, attributes.values()))
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items()) if count) or "none"
