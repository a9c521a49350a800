"""A bucket as every one here is: encrypted, closed to the public, and forgetful, since it is for passing things on."""

from aws_cdk import Duration
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.acknowledged import acknowledge
from infra.foundation import Foundation
from infra.function import Function


class Bucket(s3.Bucket):
    """`kept`: after so long an object is deleted. `unlogged`: why it needs no access log."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        foundation: Foundation,
        key: kms.IKey | None,
        kept: Duration,
        unlogged: str,
    ) -> None:
        super().__init__(
            scope,
            id_,
            encryption=s3.BucketEncryption.KMS if key else s3.BucketEncryption.S3_MANAGED,
            encryption_key=key,
            bucket_key_enabled=True if key else None,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=foundation.config.encrypted_transport_only,
            lifecycle_rules=[
                s3.LifecycleRule(expiration=kept, abort_incomplete_multipart_upload_after=Duration.days(1))
            ],
            removal_policy=foundation.removal_policy,
        )
        acknowledge(self, "AwsSolutions-S1", unlogged)
        if not foundation.config.encrypted_transport_only:
            acknowledge(self, "AwsSolutions-S10", "this environment is an emulator that speaks plain HTTP")

    def let(self, function: Function, *actions: str, folder: str = "", why_all: str) -> None:
        """On the objects of a folder, whose names are not known before; listing is an action on the bucket itself."""
        objects = self.arn_for_objects(f"{folder}*")
        for action in actions:
            function.may(f"s3:{action}", on=[self.bucket_arn if action == "ListBucket" else objects])
        acknowledge(function.role_, f"AwsSolutions-IAM5[Resource::{objects}]", why_all)
