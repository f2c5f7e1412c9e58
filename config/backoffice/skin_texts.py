"""Texts of the skin and of django-axes that come without a Russian translation, or with a clumsy one.

Nothing reads this module: it puts them before makemessages, so that our catalogue has them. The
project's catalogue wins over those of applications.
"""

from django.utils.translation import gettext_noop, ngettext_lazy

# django-unfold ships no translations.
SKIN = (
    gettext_noop("Add new item"),
    gettext_noop("Add row"),
    gettext_noop("After you've created a user, you’ll be able to edit more user options."),
    gettext_noop("All applications"),
    gettext_noop("Apply Filters"),
    gettext_noop("Available shortcuts"),
    gettext_noop("Cancel"),
    gettext_noop("Changelist shortcuts"),
    gettext_noop("Choose file to upload"),
    gettext_noop("Click to cancel"),
    gettext_noop("Click to download"),
    gettext_noop("Command tool shortcuts"),
    gettext_noop("Create new record"),
    gettext_noop("Dark"),
    gettext_noop("Date"),
    gettext_noop("Date from"),
    gettext_noop("Date to"),
    gettext_noop("False"),
    gettext_noop("Filters"),
    gettext_noop("Forgotten your password or username?"),
    gettext_noop("From"),
    gettext_noop("General"),
    gettext_noop("Global shortcuts"),
    gettext_noop("Go back"),
    gettext_noop("Light"),
    gettext_noop("Navigate"),
    gettext_noop("Next"),
    gettext_noop("No data"),
    gettext_noop("No results found"),
    gettext_noop("Not enough data."),
    gettext_noop("Nothing matched your search"),
    gettext_noop("Open command tool"),
    gettext_noop("Open selection"),
    gettext_noop("Open selection in new tab"),
    gettext_noop("Open shortcuts list"),
    gettext_noop("Previous"),
    gettext_noop("Recent searches"),
    gettext_noop("Record picture"),
    gettext_noop("Reset filters"),
    gettext_noop("Return to site"),
    gettext_noop("Run the selected action"),
    gettext_noop("Search apps and models..."),
    gettext_noop("Select"),
    gettext_noop("Select action"),
    gettext_noop("Select action to run"),
    gettext_noop("Select record"),
    gettext_noop("Select value"),
    gettext_noop("Submit"),
    gettext_noop("System"),
    gettext_noop("This item will be deleted."),
    gettext_noop("This page yielded into no results."),
    gettext_noop("To"),
    gettext_noop("Toggle dark/light mode"),
    gettext_noop("Toggle filter"),
    gettext_noop("Toggle password visibility"),
    gettext_noop("Toggle sidebar"),
    gettext_noop("True"),
    gettext_noop("Type to search"),
    gettext_noop("Value"),
    gettext_noop("Welcome back to"),
    gettext_noop("You have been successfully logged out from the administration"),
    gettext_noop(
        'Are you sure you want to delete the %(object_name)s "%(escaped_object)s"? '
        "All of the following related items will be deleted:"
    ),
    gettext_noop(
        "Deleting the %(object_name)s '%(escaped_object)s' would result in deleting related objects, "
        "but your account doesn't have permission to delete the following types of objects:"
    ),
    gettext_noop(
        "Deleting the %(object_name)s '%(escaped_object)s' would require deleting the following protected "
        "related objects:"
    ),
    ngettext_lazy(
        '\n            Found <span class="font-medium text-important">%(counter)s</span> result in %(time)s seconds'
        "\n        ",
        '\n            Found <span class="font-medium text-important">%(counter)s</span> results in %(time)s seconds'
        "\n        ",
        0,
    ),
)

# Django's Russian puts names into cases that they do not have.
DJANGO = (
    gettext_noop("Add %s"),
    gettext_noop("Add %(name)s"),
    gettext_noop("Add another %(verbose_name)s"),
    gettext_noop("Change %s"),
    gettext_noop("View %s"),
    gettext_noop("Select %s"),
    gettext_noop("Select %s to change"),
    gettext_noop("Select %s to view"),
    gettext_noop("Delete selected %(verbose_name_plural)s"),
    gettext_noop("The {name} “{obj}” was added successfully."),
    gettext_noop("The {name} “{obj}” was changed successfully."),
    gettext_noop("The {name} “{obj}” was added successfully. You may edit it again below."),
    gettext_noop("The {name} “{obj}” was changed successfully. You may edit it again below."),
    gettext_noop("The %(name)s “%(obj)s” was deleted successfully."),
    gettext_noop("Successfully deleted %(count)d %(items)s."),
)

AXES = (
    gettext_noop("access attempt"),
    gettext_noop("access attempts"),
    gettext_noop("Failed Logins"),
    gettext_noop("IP Address"),
    gettext_noop("Path"),
    gettext_noop("Attempt Time"),
)
