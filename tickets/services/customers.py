"""Who writes to us."""

from tickets.addresses import comparable
from tickets.models import Customer, CustomerAddress


def customer_of(address: str, *, name: str = "", language: str = "") -> Customer:
    """The customer with this address, made on the first mail; a name that was missing is filled in."""
    known = CustomerAddress.objects.filter(address=comparable(address)).select_related("customer").first()
    if known is None:
        customer: Customer = Customer.objects.create(name=name[:200], language=language)
        CustomerAddress.objects.create(customer=customer, address=comparable(address))
        return customer
    if (name and not known.customer.name) or (language and not known.customer.language):
        known.customer.name = known.customer.name or name[:200]
        known.customer.language = known.customer.language or language
        known.customer.save(update_fields=["name", "language"])
    return known.customer
