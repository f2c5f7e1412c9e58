"""Wake-up calls for what operators see. The rows say what is to be done; losing a task loses nothing."""

from celery import shared_task

from tickets.telegram import cards, posts, updates
from tickets.telegram.polling import pollers


@shared_task(ignore_result=True)
def show_cards() -> None:
    """Brings the cards in operators' chats up to date, and says what is to be said under them."""
    cards.refresh_all()
    posts.send_due()


@shared_task(ignore_result=True)
def handle_updates() -> None:
    """There are updates: this worker deals with those that no other has."""
    updates.handle_due()


@shared_task(ignore_result=True)
def keep_polling() -> None:
    """This worker reads the updates of bots that nobody reads."""
    pollers.keep()


@shared_task(ignore_result=True)
def prune_updates() -> None:
    updates.prune()
