"""The ledger: filters, export, and the chart per day and model."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.test import Client
from django.utils import timezone

from accounts.models import User
from integrations.models import AIModel, AIProvider, UsageRecord
from tests.admin.conftest import bill

Staff = Callable[..., Client]
LIST = "/admin/integrations/usagerecord/"
CHART = f"{LIST}chart/"


def export(client: Client, **query: str) -> list[dict[str, str]]:
    keys = [str(pk) for pk in UsageRecord.objects.values_list("pk", flat=True)]
    url = f"{LIST}?{'&'.join(f'{name}={value}' for name, value in query.items())}"
    response = client.post(url, {"action": "export_csv", "_selected_action": keys[:1], "select_across": "1"})
    assert response.headers["Content-Type"].startswith("text/csv")
    assert "attachment" in response.headers["Content-Disposition"]
    text = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[arg-type]
    return list(csv.DictReader(io.StringIO(text)))


def test_a_row_says_who_called_what_and_what_it_took(admin: Client, alice: User) -> None:
    bill(user=alice, estimated=True)
    page = admin.get(LIST).content.decode()
    for text in ("openai-gpt-4o", "alice", "≈ 1,200 / 34", "$0.0042", "320 ms", "4.0 s", "Completed"):
        assert text in page, text


def test_a_running_call_is_shown_and_counted_nowhere(admin: Client, alice: User) -> None:
    bill(user=alice, outcome="running", input_tokens=777, output_tokens=0, cost=Decimal("9.99"), duration_ms=0)
    page = admin.get(LIST).content.decode()
    assert "Running" in page
    assert "777 / 0" in page
    assert "$9.99" not in page
    assert admin.get(CHART).context["usage"].tokens.total == 0
    assert "$9.99" not in admin.get("/admin/").content.decode()


def test_filters_narrow_by_day_model_provider_and_outcome(admin: Client) -> None:
    server = AIProvider.objects.create(key="house", name="House", kind="openai", base_url="http://127.0.0.1:9")
    AIModel.objects.create(key="house-1", provider=server, name="one", title="House one")
    bill(model_key="house-1", provider_key="house", outcome="failed")
    bill(created_at=timezone.now() - timedelta(days=3))
    day = timezone.localdate() - timedelta(days=3)
    assert count(admin, model_key="house-1") == 1
    assert count(admin, provider_key="house") == 1
    assert count(admin, outcome__exact="failed") == 1
    assert count(admin, created_at_from=f"{day}", created_at_to=f"{day}") == 1
    assert count(admin, created_at_from="nonsense") == 2


def count(client: Client, **query: str) -> int:
    found: int = client.get(LIST, query).context["cl"].result_count
    return found


def test_people_are_found_by_search(admin: Client, alice: User, bob: User) -> None:
    bill(user=alice)
    bill(user=bob)
    assert count(admin, q="alice@") == 1


def test_the_export_holds_all_filtered_rows(admin: Client, alice: User) -> None:
    bill(user=alice, cost=Decimal("0.00000012"))
    bill(outcome="failed", error_code="=HYPERLINK(1)")
    rows = export(admin)
    assert len(rows) == 2
    assert {row["user_username"] for row in rows} == {"alice", ""}
    assert "0.00000012" in {row["cost"] for row in rows}
    assert [row["outcome"] for row in export(admin, outcome__exact="failed")] == ["failed"]


def test_a_spreadsheet_runs_nothing_of_the_export(admin: Client) -> None:
    bill(error_code="=HYPERLINK(1)")
    assert export(admin)[0]["error_code"] == "'=HYPERLINK(1)"


def test_the_ledger_is_neither_changed_nor_deleted(admin: Client) -> None:
    record = bill()
    assert admin.post(f"{LIST}{record.pk}/change/", {"cost": "0"}).status_code == 403
    assert admin.post(f"{LIST}{record.pk}/delete/", {"post": "yes"}).status_code == 403
    assert "delete_selected" not in admin.get(LIST).content.decode()


def test_the_chart_adds_up_days_and_models(admin: Client) -> None:
    yesterday = timezone.now() - timedelta(days=1)
    for _ in range(2):
        bill(cost=Decimal("0.25"))
    bill(model_key="house-1", created_at=yesterday, input_tokens=5, output_tokens=5, cost=Decimal(1))
    bill(created_at=timezone.now() - timedelta(days=60), cost=Decimal(99))
    usage = admin.get(CHART).context["usage"]
    assert (usage.tokens.total, usage.cost.total) == (2 * 1234 + 10, Decimal("1.50"))
    assert [name for name, _, _ in usage.tokens.legend] == ["openai-gpt-4o", "house-1"]
    assert len(usage.tokens.bars) == 30
    today = usage.tokens.bars[-1]
    assert [part.value for part in today.parts] == [2468]
    assert usage.rows[0].calls == 2


def test_the_table_says_the_same_for_who_cannot_see_the_chart(admin: Client) -> None:
    bill(cost=Decimal("0.25"))
    page = admin.get(CHART).content.decode()
    assert "<td>openai-gpt-4o</td>" in page
    assert '<td class="bo-num">$0.25</td>' in page


def test_rare_models_share_a_colour(admin: Client) -> None:
    for number in range(9):
        bill(model_key=f"model-{number}", input_tokens=100 - number, output_tokens=0)
    legend = admin.get(CHART).context["usage"].tokens.legend
    assert [name for name, _, _ in legend][-1] == "Others"
    assert len(legend) == 8
    assert legend[-1][2] == 93 + 92


def test_an_empty_month_says_so(admin: Client) -> None:
    assert "No model has been called in the last 30 days." in admin.get(CHART).content.decode()


def test_the_chart_is_for_readers_of_the_ledger(staff: Staff) -> None:
    assert staff("integrations.view_usagerecord").get(CHART).status_code == 200


def test_numbers_in_the_picture_are_written_for_the_picture(admin: Client, settings: Any) -> None:
    """Geometry has decimal points in every language, labels have the reader's."""
    bill(cost=Decimal("0.25"))
    admin.cookies["django_language"] = "ru"
    page = admin.get(CHART).content.decode()
    assert 'width="24,3"' not in page
    assert 'width="24.3"' in page
    assert "0,25" in page
