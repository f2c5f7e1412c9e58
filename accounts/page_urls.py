from django.urls import URLPattern, path

from accounts import pages

urlpatterns: list[URLPattern] = [
    path("login/", pages.login_page, name="login"),
    path("login", pages.login_page),
    path("register/", pages.register_page, name="register"),
    path("register", pages.register_page),
    path("logout/", pages.logout_page, name="logout"),
    path("logout", pages.logout_page),
]
