"""The list of tickets as ChangeList: the queue decides what is in it and in what order."""

from typing import TYPE_CHECKING, Any

from tickets.admin.queues import PARAMETER, Queue, chosen
from tickets.models import CustomerAddress

if TYPE_CHECKING:
    from django.contrib.admin.views.main import ChangeList
else:
    from unfold.views import ChangeList


class TicketList(ChangeList):
    """`chosen_queue` is the tab that is open; its parameter is no field and is kept in every link."""

    chosen_queue: Queue

    def get_filters_params(self, params: Any = None) -> Any:
        found = super().get_filters_params(params)
        found.pop(PARAMETER, None)
        return found

    def get_queryset(self, request: Any, exclude_parameters: Any = None) -> Any:
        self.chosen_queue = chosen(request.GET.get(PARAMETER, ""), searching=bool(self.query))
        self.empty_text = self.chosen_queue.empty
        found = super().get_queryset(request, exclude_parameters)
        return self.chosen_queue.narrow(found, request.user)

    def get_ordering(self, request: Any, queryset: Any) -> list[Any]:
        """The queue's own; only it is backed by an index."""
        return [*self.chosen_queue.order, "-pk"]

    def get_results(self, request: Any) -> None:
        super().get_results(request)
        rows: list[Any] = list(self.result_list)
        addresses = first_addresses({row.customer_id for row in rows})
        for row in rows:
            row.customer_address = addresses.get(row.customer_id, "")
        self.result_list = rows


def first_addresses(customers: set[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for customer, address in (
        CustomerAddress.objects.filter(customer__in=customers).order_by("id").values_list("customer_id", "address")
    ):
        found.setdefault(customer, address)
    return found
