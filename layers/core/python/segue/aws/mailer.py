"""`Mailer` on SES v2. The client must not retry by itself: a call that was cut off may have been a message."""

from typing import Any

from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError

from segue.messages.email import Email, ses_request
from segue.messages.ports import Busy, Refused

#: About this message; every other refusal is about us, and passes when somebody has mended it.
_ABOUT_THE_MESSAGE = frozenset({"MessageRejected", "BadRequestException", "InvalidParameterValue"})
_SERVER_ERROR = 500


class SesMailer:
    def __init__(self, client: Any, configuration_set: str = "") -> None:
        self._client = client
        self._configuration_set = configuration_set

    def send(self, email: Email) -> str:
        try:
            answer = self._client.send_email(**ses_request(email, self._configuration_set))
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if error.response["ResponseMetadata"]["HTTPStatusCode"] >= _SERVER_ERROR:
                raise
            raise (Refused if code in _ABOUT_THE_MESSAGE else Busy)(f"SES: {code}") from error
        except (EndpointConnectionError, ConnectTimeoutError) as error:
            raise Busy("SES cannot be reached") from error
        return str(answer["MessageId"])
