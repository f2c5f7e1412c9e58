from django.urls import URLPattern

from chat.experience.api import views
from config.api import both_forms

urlpatterns: list[URLPattern] = [
    *both_forms("experience", views.WireExperienceView.as_view(), name="assistant-experience"),
    *both_forms("v1/experience", views.ExperiencesView.as_view(), name="experiences"),
    *both_forms("v1/experience/<int:experience_id>", views.ExperienceView.as_view(), name="experience"),
    *both_forms("v1/turns/<uuid:turn_id>/rating", views.RatingView.as_view(), name="turn-rating"),
]
