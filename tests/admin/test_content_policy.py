"""The admin alone may evaluate code and set inline styles; the rest of the product keeps the strict policy."""

from django.test import Client

POLICY = "Content-Security-Policy"


def test_admin_pages_have_the_skins_policy(admin: Client) -> None:
    for url in ("/admin/", "/admin/accounts/user/", "/admin/password_change/"):
        policy = admin.get(url).headers[POLICY]
        assert "'unsafe-eval'" in policy
        assert "style-src 'self' 'unsafe-inline'" in policy
        assert "object-src 'none'" in policy


def test_so_has_the_login_page(client: Client, db: None) -> None:
    assert "'unsafe-eval'" in client.get("/admin/login/").headers[POLICY]


def test_scripts_are_never_allowed_inline(admin: Client) -> None:
    policy = admin.get("/admin/").headers[POLICY]
    script = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert "'unsafe-inline'" not in script


def test_other_pages_stay_strict(admin: Client) -> None:
    policy = admin.get("/").headers[POLICY]
    assert "unsafe" not in policy
