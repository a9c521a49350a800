"""What every mailer promises; and what SES's answers mean."""

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError
from botocore.stub import Stubber

from segue.aws.mailer import SesMailer
from segue.memory.mailer import MemoryMailer
from segue.messages.email import Email, ses_request
from segue.messages.ports import Busy, Refused

EMAIL = Email(sender="hi@acme.example", recipient="ada@example.com", subject="Hello", html="<p>Hi</p>", text="Hi")


@pytest.fixture
def ses(aws):
    return boto3.client("sesv2")


@pytest.fixture(params=["memory", "aws"])
def mailer(request):
    if request.param == "memory":
        return MemoryMailer()
    client = request.getfixturevalue("ses")
    client.create_email_identity(EmailIdentity="hi@acme.example")
    return SesMailer(client)


def test_a_message_that_was_taken_has_an_id(mailer):
    assert mailer.send(EMAIL)


@pytest.mark.parametrize(
    ("code", "status", "meaning"),
    [
        ("MessageRejected", 400, Refused),
        ("BadRequestException", 400, Refused),
        ("TooManyRequestsException", 429, Busy),
        ("SendingPausedException", 400, Busy),
        ("MailFromDomainNotVerifiedException", 400, Busy),
        ("AccessDeniedException", 403, Busy),
        ("InternalServiceErrorException", 500, ClientError),
    ],
)
def test_a_refusal_is_about_the_message_or_passes_and_only_the_server_s_error_leaves_it_open(code, status, meaning):
    client = boto3.client("sesv2", "eu-central-1", config=Config(retries={"total_max_attempts": 1}))
    with Stubber(client) as stub:
        stub.add_client_error("send_email", code, http_status_code=status, expected_params=ses_request(EMAIL))

        with pytest.raises(meaning):
            SesMailer(client).send(EMAIL)


def test_what_cannot_be_reached_has_sent_nothing():
    class Unreachable:
        def send_email(self, **_: object) -> None:
            raise EndpointConnectionError(endpoint_url="https://email.example")

    with pytest.raises(Busy):
        SesMailer(Unreachable()).send(EMAIL)
