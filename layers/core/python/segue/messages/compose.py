"""A message as its channel takes it: the template's words for this person, addressed and signed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import formataddr

from segue.decisions.allowed import address_of
from segue.decisions.decision import SendRecord
from segue.decisions.policy import Policy
from segue.messages.email import Email, one_line, text_of
from segue.messages.inbox import Card
from segue.messages.render import Read, RenderError, plain, render, view
from segue.messages.template import EmailWords, InAppWords, Template
from segue.messages.tokens import Unsubscribe, sign_unsubscribe
from segue.messages.unsubscribe import unsubscribe_url
from segue.profiles.head import Head

#: What channels take, of each kind one; `deliver` knows who takes it.
Message = Email | Card


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """Who speaks: the brand as templates see it, the sender's address, where our pages are, what signs their links.

    `read` gives what is said of whom it is for, as templates see it.
    """

    brand: Mapping[str, str]
    from_address: str
    public_url: str
    keys: tuple[str, ...]
    read: Read = plain


def compose(
    record: SendRecord, head: Head, template: Template, *, policy: Policy, mail: Mail, now: datetime
) -> Message:
    """Raise `RenderError`."""
    request, profile = record.message, head.profile.value
    words = template.words(request.channel)
    if words is None:
        raise RenderError(f"template {template.name} has no words for {request.channel}")
    url = _unsubscribe_url(record, head, mail) if policy.category(request.category).unsubscribe else None
    run = head.runs.value.get(request.run.run_id) if request.run else None
    seen = view(
        profile=profile,
        run=run,
        brand=mail.brand,
        now=now,
        unsubscribe_url=url,
        read=mail.read,
        properties=request.properties,
    )
    said = render(words, seen)
    match words:
        case EmailWords():
            return Email(
                sender=formataddr((mail.brand.get("name", ""), mail.from_address)),
                recipient=address_of(request.channel, profile.whole, policy) or "",
                subject=one_line(said["subject"]),
                html=said["html"],
                text=said.get("text") or text_of(said["html"]),
                unsubscribe_url=url,
                tags=_tags(record),
            )
        case InAppWords():
            return Card(
                send_id=request.send_id,
                sent_at=record.decisions[-1].at,
                title=one_line(said["title"]),
                body=said["body"],
                url=said.get("url"),
                channel=request.channel,
            )


def _unsubscribe_url(record: SendRecord, head: Head, mail: Mail) -> str:
    request = record.message
    claim = Unsubscribe(
        profile_id=head.profile_id, channel=request.channel, send_id=request.send_id, topic=request.topic
    )
    return unsubscribe_url(mail.public_url, sign_unsubscribe(claim, mail.keys))


def _tags(record: SendRecord) -> dict[str, str]:
    """What bounces, opens and clicks are told apart by; ids only, as workspace/sources/ses.yaml reads them.

    A tag cannot hold the dot in a run's send id, so its two halves have tags of their own.
    """
    request = record.message
    tags = {"send_id": request.send_id, "profile_id": request.profile_id, "template": request.template}
    if request.run is None:
        return tags
    return {**tags, "journey": request.run.journey, "run_id": request.run.run_id, "step": request.run.step}
