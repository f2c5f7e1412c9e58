from django.urls import URLPattern

from config.api import both_forms
from integrations.outbox import api

urlpatterns: list[URLPattern] = [
    *both_forms("outbox/deliveries", api.DeliveriesView.as_view(), name="outbox-deliveries"),
    *both_forms("outbox/deliveries/<uuid:delivery_id>", api.DeliveryView.as_view(), name="outbox-delivery"),
    *both_forms("outbox/deliveries/<uuid:delivery_id>/redeliver", api.RedeliverView.as_view(), name="outbox-redeliver"),
    *both_forms("outbox/deliveries/<uuid:delivery_id>/cancel", api.CancelView.as_view(), name="outbox-cancel"),
    *both_forms("outbox/deliveries/<uuid:delivery_id>/confirm", api.ConfirmView.as_view(), name="outbox-confirm"),
]
