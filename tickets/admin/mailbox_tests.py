"""Does a mailbox work? Its server is asked, and a mail goes out as its answers do."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from config.backoffice.confirm import BaseDialogForm, action, dialog, find, leave_dialog
from config.backoffice.display import count
from integrations.admin.delivery_tests import order_of, outcome_of
from integrations.mail.message import Mail
from integrations.mail.services import send_mail
from integrations.outbox.errors import InvalidMessage
from integrations.outbox.work import attempt_now
from tickets.answers.addressing import sender_of
from tickets.intake.imap.reading import Unreadable, look
from tickets.models import Mailbox


class MailboxTests:
    """Actions of a mailbox's page. Both need a click in a dialog, so that no link sets them off."""

    message_user: Any

    @action(
        description=gettext_lazy("Try IMAP"),
        icon="network_check",
        permissions=["change"],
        url_path="try-imap",
        dialog=dialog(
            gettext_lazy("Try to read the mailbox?"),
            gettext_lazy("The server is asked with what is saved. Nothing is taken in or marked there."),
            button=gettext_lazy("Try"),
        ),
    )
    def try_imap(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        mailbox = find(Mailbox.objects.all(), object_id)
        if not mailbox.imap_host or not mailbox.sealed_imap_password:
            self.message_user(request, _("Enter the server and the password first, and save."), messages.ERROR)
            return _back(mailbox)
        try:
            self.message_user(request, _found(look(mailbox), mailbox), messages.SUCCESS)
        except Unreadable as error:
            self.message_user(request, str(error), messages.ERROR)
        return _back(mailbox)

    @action(
        description=gettext_lazy("Send a test mail"),
        icon="mail",
        permissions=["change"],
        url_path="test-mail",
        dialog=dialog(
            gettext_lazy("Send a test mail to yourself?"),
            gettext_lazy("It goes to the address of your account at once, the way answers of this mailbox go."),
            button=gettext_lazy("Send"),
        ),
    )
    def send_test_mail(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        mailbox = find(Mailbox.objects.all(), object_id)
        to = getattr(request.user, "email", "")
        if not to:
            self.message_user(request, _("Your account has no e-mail address."), messages.ERROR)
            return _back(mailbox)
        try:
            delivery = send_mail(_test_mail(mailbox, to), order_of(request))
        except InvalidMessage as error:
            self.message_user(request, str(error), messages.ERROR)
            return _back(mailbox)
        attempt_now(delivery.pk)
        delivery.refresh_from_db()
        level, text = outcome_of(delivery)
        self.message_user(request, " ".join(filter(None, (f"{to}:", text, delivery.last_error))), level)
        return _back(mailbox)


def _found(number: int, mailbox: Mailbox) -> str:
    text = ngettext(
        "The mailbox can be read: %(n)s mail is in %(folder)s.",
        "The mailbox can be read: %(n)s mails are in %(folder)s.",
        number,
    )
    return text % {"n": count(number), "folder": mailbox.imap_folder or "INBOX"}


def _test_mail(mailbox: Mailbox, to: str) -> Mail:
    text = _("This mail shows that mail of %(name)s goes out. Nobody needs to answer it.") % {"name": mailbox.name}
    return Mail(to=[to], subject=_("Test mail"), text=text, sender=sender_of(mailbox), automatic="generated")


def _back(mailbox: Mailbox) -> HttpResponse:
    return leave_dialog(reverse("admin:tickets_mailbox_change", args=[mailbox.pk]))
