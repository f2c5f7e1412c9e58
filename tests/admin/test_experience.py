"""What became of answers, and the personality, seen by staff who may."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from chat.experience.measuring import measure
from chat.experience.models import Experience, Personality, TraitPoint
from chat.experience.rating import rate_turn
from chat.experience.traits import START
from integrations.models import AIModel, AIProvider
from tests.chat.experience.conftest import judged, many

pytestmark = pytest.mark.django_db

LIST = reverse("admin:chat_experience_changelist")
PERSONALITY = reverse("admin:chat_experience_personality")


def page_of(row):
    return reverse("admin:chat_experience_change", args=[row.pk])


def found(client, **filters):
    return {row.pk for row in client.get(LIST, filters).context["cl"].result_list}


def test_experience_needs_a_permission_of_its_own(staff, alice):
    row = judged(alice, "Where is the treasure?")
    clerk = staff("chat.view_conversation", "chat.view_turn", "chat.view_memory")
    for address in (LIST, page_of(row), PERSONALITY):
        assert clerk.get(address).status_code == 403
    assert PERSONALITY not in clerk.get("/admin/").content.decode()


def test_who_may_see_the_personality_reads_no_words(staff, alice):
    row = judged(alice, "Where is the treasure?", verdict="needs_work", score=3, problems="The treasure is missing.")
    rate_turn(row.turn, -1, correction="The treasure is in the cellar.", actor=alice)
    clerk = staff("chat.view_personality")
    page = clerk.get(PERSONALITY).content.decode()
    assert "treasure" not in page
    assert clerk.get(LIST).status_code == 403
    assert clerk.post(PERSONALITY, {"name": "Vega"}).status_code == 403
    assert not Personality.objects.filter(name="Vega").exists()


def test_visitors_of_the_site_see_neither(client, alice):
    client.force_login(alice)
    for address in (LIST, PERSONALITY):
        assert client.get(address).status_code == 302


def test_the_list_is_filtered_and_searched(admin, alice, visitor):
    provider = AIProvider.objects.create(key="p", name="P", kind="openai", base_url="http://127.0.0.1:9/v1")
    AIModel.objects.create(key="other", provider=provider, name="other", title="Other")
    first = judged(alice, "How are keys rotated?")
    second = judged(visitor, "How is a list sorted?", task_type="code", verdict="rejected", score=2, model_key="other")
    third = judged(None)
    rate_turn(first.turn, 1, actor=alice)
    Experience.objects.filter(pk=third.pk).update(created_at=timezone.now() - timedelta(days=40))
    assert found(admin) == {first.pk, second.pk, third.pk}
    assert found(admin, thumb="up") == {first.pk}
    assert found(admin, thumb="none") == {second.pk, third.pk}
    assert found(admin, verdict__exact="rejected") == found(admin, task_type__exact="code") == {second.pk}
    assert found(admin, model="other") == {second.pk}
    assert found(admin, holder="nobody") == {third.pk}
    assert found(admin, holder="visitor") == {second.pk}
    assert found(admin, q="alice keys") == {first.pk}
    lately = (timezone.localdate() - timedelta(days=2)).isoformat()
    assert found(admin, created_at_from=lately) == {first.pk, second.pk}


def test_a_row_says_all_and_leads_to_its_conversation(admin, alice):
    row = judged(alice, verdict="needs_work", score=4, problems="Two dates are off.")
    rate_turn(row.turn, -1, correction="In euros.", actor=alice)
    page = admin.get(page_of(row)).content.decode()
    for text in ("Two dates are off.", "In euros.", "How are keys rotated?"):
        assert text in page
    assert reverse("admin:chat_conversation_change", args=[row.turn.conversation_id]) in page


def test_who_may_not_read_conversations_has_no_way_there(staff, alice):
    row = judged(alice)
    clerk = staff("chat.view_experience")
    page = clerk.get(page_of(row)).content.decode()
    assert reverse("admin:chat_conversation_change", args=[row.turn.conversation_id]) not in page


def test_a_row_is_erased_for_good(admin, alice):
    row = judged(alice)
    admin.post(reverse("admin:chat_experience_delete", args=[row.pk]), {"post": "yes"})
    assert not Experience.objects.exists()


def test_what_people_write_is_text_on_the_page(admin, alice):
    row = judged(alice, "<script>alert(1)</script> how?")
    assert "<script>alert(1)" not in admin.get(LIST).content.decode()
    assert "<script>alert(1)" not in admin.get(page_of(row)).content.decode()


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_personality_before_and_after_the_first_answers(admin, alice, language):
    empty = admin.get(PERSONALITY, headers={"accept-language": language})
    assert empty.status_code == 200
    assert "<polyline" not in empty.content.decode()
    for days in range(1, 6):
        TraitPoint.objects.create(day=timezone.localdate() - timedelta(days=days), **START)
    many(alice, 10, task_type="code", verdict="accepted", score=10)
    many(alice, 10, task_type="search", verdict="rejected", score=1)
    measure()
    answer = admin.get(PERSONALITY, headers={"accept-language": language})
    assert answer.content.decode().count("<polyline") == len(START)
    assert [str(kind) for kind in answer.context["strengths"]] == [str(answer.context["kinds"][0].title)]
    assert len(answer.context["weaknesses"]) == 1
    assert len(answer.context["insights"]) == 2


def test_the_page_takes_the_same_queries_however_many_rows(admin, alice, django_assert_max_num_queries):
    many(alice, 1000)
    measure()
    admin.get(PERSONALITY)
    with django_assert_max_num_queries(16):
        admin.get(PERSONALITY)


def test_the_name_is_changed(admin):
    answer = admin.post(PERSONALITY, {"name": "  Vega "}, follow=True)
    assert "Vega" in answer.content.decode()
    assert Personality.objects.get().name == "Vega"
    assert admin.post(PERSONALITY, {"name": "x" * 61}).context["form"].errors
    assert admin.put(PERSONALITY).status_code == 405
