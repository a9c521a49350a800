"""`Mailer` in memory: what was sent is there to be read."""

from dataclasses import dataclass, field

from segue.messages.email import Email


@dataclass(slots=True)
class MemoryMailer:
    sent: list[Email] = field(default_factory=list)

    def send(self, email: Email) -> str:
        self.sent.append(email)
        return f"mail-{len(self.sent)}"
