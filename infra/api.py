"""The door: an HTTP API for event sources (write key), recipients (signed token), and services and tools (IAM)."""

from aws_cdk import Duration, Stack, Tags
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_apigatewayv2_authorizers as authorizers
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.acknowledged import acknowledge
from infra.foundation import MINUTE, Foundation

CALLS = ("track", "identify", "page", "screen", "group", "alias", "batch", "t", "i", "p", "s", "g", "a", "b")
GET, POST = apigateway.HttpMethod.GET, apigateway.HttpMethod.POST
PUT, DELETE = apigateway.HttpMethod.PUT, apigateway.HttpMethod.DELETE
OPTIONS = apigateway.CorsHttpMethod.OPTIONS


class Api(Construct):
    """Browsers may call from anywhere, since a brand's pages are everywhere; the API itself asks for key or token.

    `READS`, `SENDS`, `PREFERS` and `ERASES` are for services and tools, which sign their calls with AWS credentials
    (SigV4); each is what one kind of caller needs.
    """

    READS = (
        (GET, "/v1/profiles"),
        (POST, "/v1/profiles/search"),
        (GET, "/v1/profiles/{id}"),
        (GET, "/v1/profiles/{id}/timeline"),
        (GET, "/v1/profiles/{id}/decisions"),
        (GET, "/v1/profiles/{id}/export"),
        (GET, "/v1/profiles/{id}/preferences"),
        (GET, "/v1/erasures/{id}"),
        (GET, "/v1/messages/{id}"),
        (GET, "/v1/decisions"),
        (POST, "/v1/decisions/preview"),
    )
    SENDS = (
        (POST, "/v1/messages"),
        (POST, "/v1/messages/bulk"),
        (GET, "/v1/messages/{id}"),
        (DELETE, "/v1/messages/{id}"),
        (POST, "/v1/decisions/preview"),
    )
    PREFERS = ((GET, "/v1/profiles/{id}/preferences"), (PUT, "/v1/profiles/{id}/preferences"))
    ERASES = ((DELETE, "/v1/profiles/{id}"), (POST, "/v1/profiles/{id}/unlink"))

    def __init__(self, scope: Construct, id_: str, *, foundation: Foundation) -> None:
        super().__init__(scope, id_)
        config = foundation.config
        self.api = apigateway.HttpApi(
            self,
            "Http",
            api_name=f"segue-{config.name}",
            create_default_stage=False,
            cors_preflight=apigateway.CorsPreflightOptions(
                allow_origins=["*"],
                allow_methods=[apigateway.CorsHttpMethod.GET, apigateway.CorsHttpMethod.POST, OPTIONS],
                allow_headers=["authorization", "content-type", "content-encoding"],
                max_age=Duration.hours(1),
            ),
        )
        self.stage = apigateway.HttpStage(
            self,
            "Default",
            http_api=self.api,
            stage_name="$default",
            auto_deploy=True,
            throttle=apigateway.ThrottleSettings(
                rate_limit=config.requests_per_second, burst_limit=2 * config.requests_per_second
            ),
        )
        raw = self.stage.node.default_child
        assert isinstance(raw, apigateway.CfnStage)
        raw.access_log_settings = apigateway.CfnStage.AccessLogSettingsProperty(
            destination_arn=foundation.log_group(self, "Access").log_group_arn, format=_ACCESS
        )
        if config.api_id:
            Tags.of(self.api).add("ms-custom-id", config.api_id)
        foundation.alarm(
            self,
            "ServerErrors",
            self.api.metric_server_error(period=MINUTE),
            "the API answers 5xx: see the errors of ingest, subscriber and api",
            minutes=3,
        )
        self.url = config.public_url.rstrip("/") or self.api.api_endpoint

    def takes_events(self, ingest: lambda_.IFunction) -> None:
        to = integrations.HttpLambdaIntegration("Ingest", ingest)
        for call in CALLS:
            self._route(f"/v1/{call}", [POST], to, "the caller is known by the write key, which the function checks")

    def serves_recipients(self, subscriber: lambda_.IFunction) -> None:
        to = integrations.HttpLambdaIntegration("Subscriber", subscriber)
        signed = "the recipient is known by a signed token, which the function checks"
        self._route("/u/{token}", [GET, POST], to, signed)
        self._route("/v1/inbox", [GET], to, signed)
        self._route("/v1/inbox/{id}/read", [POST], to, signed)

    def serves_tools(self, api: lambda_.IFunction) -> None:
        to = integrations.HttpLambdaIntegration("AdminApi", api)
        iam = authorizers.HttpIamAuthorizer()
        for method, path in dict.fromkeys((*self.READS, *self.SENDS, *self.PREFERS, *self.ERASES)):
            self.api.add_routes(path=path, methods=[method], integration=to, authorizer=iam)

    def arn(self, method: apigateway.HttpMethod, path: str) -> str:
        """What `execute-api:Invoke` is granted on."""
        called = f"{self.api.api_id}/*/{method.value}{path.replace('{id}', '*')}"
        return Stack.of(self).format_arn(service="execute-api", resource=called)

    def _route(
        self,
        path: str,
        methods: list[apigateway.HttpMethod],
        to: integrations.HttpLambdaIntegration,
        why_open: str,
    ) -> None:
        for route in self.api.add_routes(path=path, methods=methods, integration=to):
            acknowledge(route, "AwsSolutions-APIG4", why_open)


# No query strings and no paths: a path may carry a recipient's token.
_ACCESS = (
    '{"requestId":"$context.requestId","at":"$context.requestTime","route":"$context.routeKey",'
    '"status":"$context.status","ms":"$context.responseLatency","bytes":"$context.responseLength",'
    '"error":"$context.integrationErrorMessage"}'
)
