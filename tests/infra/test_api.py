import pytest

from tests.infra.conftest import ENVIRONMENTS, Assembly
from tests.infra.test_admin import ALL

CALLS = ("track", "identify", "page", "screen", "group", "alias", "batch", "t", "i", "p", "s", "g", "a", "b")
INGESTED = {f"POST /v1/{call}" for call in CALLS}
RECIPIENTS = {"GET /u/{token}", "POST /u/{token}", "GET /v1/inbox", "POST /v1/inbox/{id}/read"}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_api_has_these_routes_and_no_other(assembly: Assembly, environment: str) -> None:
    app = assembly.app(environment)
    behind: dict[str, set[str]] = {}
    for route in app.all("AWS::ApiGatewayV2::Route"):
        integration = app[route.properties["Target"]["Fn::Join"][1][1]["Ref"]]
        function = integration.properties["IntegrationUri"]["Fn::GetAtt"][0]
        behind.setdefault(function, set()).add(route.properties["RouteKey"])

    functions = app.functions()
    assert behind == {
        functions["ingest"].id: INGESTED,
        functions["subscriber"].id: RECIPIENTS,
        functions["api"].id: ALL,
    }


def test_browsers_may_send_events_from_any_page(assembly: Assembly) -> None:
    (api,) = assembly.app("production").all("AWS::ApiGatewayV2::Api")
    cors = api.properties["CorsConfiguration"]

    assert cors["AllowOrigins"] == ["*"]
    assert {"POST", "GET", "OPTIONS"} == set(cors["AllowMethods"])
    assert {"authorization", "content-type"} <= set(cors["AllowHeaders"])


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_api_answers_429_before_it_is_overrun(assembly: Assembly, environment: str) -> None:
    (stage,) = assembly.app(environment).all("AWS::ApiGatewayV2::Stage")

    assert stage.properties["DefaultRouteSettings"]["ThrottlingRateLimit"] > 0


def test_access_is_logged_without_paths_since_they_hold_tokens(assembly: Assembly) -> None:
    (stage,) = assembly.app("production").all("AWS::ApiGatewayV2::Stage")
    logged = stage.properties["AccessLogSettings"]["Format"]

    assert "$context.status" in logged
    assert "path" not in logged.lower()
    assert "sourceip" not in logged.lower()
