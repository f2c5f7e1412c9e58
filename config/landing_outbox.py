"""The outbox on the landing page: silent while everything goes out."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config.backoffice.display import ago, count
from config.backoffice.notices import Notice
from integrations.models import WebhookEndpoint
from integrations.outbox.attention import Attention, Figure, attention, held_by_reason
from integrations.outbox.choices import HoldReason

LIST = "admin:integrations_delivery_changelist"


def outbox_notices() -> Iterator[Notice]:
    figures = attention(timezone.now())
    yield from _late(figures.late)
    yield from _ended(figures)
    if figures.held.count:
        for reason, figure in held_by_reason().items():
            yield _held(HoldReason(reason), figure)


def webhook_notices() -> Iterator[Notice]:
    """Those that the product switched off, and those that are failing."""
    for endpoint in WebhookEndpoint.objects.exclude(failing_since=None, disabled_at=None).order_by("name"):
        since = endpoint.disabled_at or endpoint.failing_since
        if endpoint.enabled or endpoint.disabled_at:
            yield _webhook(endpoint, since=ago(since))


def _webhook(endpoint: WebhookEndpoint, *, since: str) -> Notice:
    name = {"name": endpoint.name}
    text = _("The webhook %(name)s fails") if endpoint.enabled else _("The webhook %(name)s was switched off")
    advice = endpoint.last_error or _("Look at its last attempts.")
    if not endpoint.enabled:
        advice = _("It kept failing: %(error)s Check the receiver, then switch it on again.") % {"error": advice}
    url = reverse("admin:integrations_webhookendpoint_change", args=[endpoint.pk])
    level = "warning" if endpoint.enabled else "danger"
    return Notice(level, text % name, advice, url, _("Open it"), since=since)


def _late(late: Figure) -> Iterator[Notice]:
    if not late.count:
        return
    text = ngettext("%(n)s message is not being sent", "%(n)s messages are not being sent", late.count)
    yield Notice(
        "danger",
        text % {"n": count(late.count)},
        _("They are due and no worker takes them. Start the worker of the outbox and look at its log."),
        f"{reverse(LIST)}?attention=late",
        _("Show them"),
        since=ago(late.since),
    )


def _ended(figures: Attention) -> Iterator[Notice]:
    url = reverse(LIST)
    if dead := figures.dead.count:
        text = ngettext("%(n)s message could not be delivered", "%(n)s messages could not be delivered", dead)
        advice = _("Each row says why. Send it again when the reason is gone, or cancel it.")
        since = ago(figures.dead.since)
        yield Notice("danger", text % {"n": count(dead)}, advice, f"{url}?attention=dead", _("Show them"), since=since)
    if unknown := figures.uncertain.count:
        text = ngettext("%(n)s message has perhaps arrived", "%(n)s messages have perhaps arrived", unknown)
        advice = _("The connection broke at the last moment. Look in the chat: confirm it, or send it again.")
        since = ago(figures.uncertain.since)
        link = f"{url}?attention=uncertain"
        yield Notice("warning", text % {"n": count(unknown)}, advice, link, _("Show them"), since=since)


def _held(reason: HoldReason, figure: Figure) -> Notice:
    advice = {
        HoldReason.NO_MAIL_SERVER: _("Set EMAIL_URL and start the product again; they then go out by themselves."),
        HoldReason.MAIL_LOGIN_REFUSED: _("Correct the user and password in EMAIL_URL and start the product again."),
        HoldReason.NO_BOT_TOKEN: _("Set TELEGRAM_BOT_TOKEN, or enter the token in the credentials of the bot."),
        HoldReason.BOT_REFUSED: _("Telegram does not know the token: was it revoked? Enter the new one."),
        HoldReason.ENDPOINT_OFF: _("Switch the webhook on again, or cancel what waits for it."),
    }
    text = ngettext("%(reason)s: %(n)s message waits", "%(reason)s: %(n)s messages wait", figure.count)
    values = {"n": count(figure.count), "reason": reason.label}
    url = f"{reverse(LIST)}?attention=held"
    return Notice("danger", text % values, advice[reason], url, _("Show them"), since=ago(figure.since))
