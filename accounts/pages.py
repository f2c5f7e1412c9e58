"""Log-in, registration and log-out for browsers."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.api.throttling import AddressRateThrottle
from accounts.lockout import seconds_locked
from accounts.models import User
from accounts.services.users import DuplicateUser, register_user

BACKEND = "accounts.backends.EmailOrUsernameBackend"


class LoginScope(APIView):
    throttle_scope = "login"


class RegisterScope(APIView):
    throttle_scope = "register"


class LoginForm(forms.Form):
    """Labels and messages stand in the template."""

    username = forms.CharField(max_length=254)
    password = forms.CharField(strip=False, max_length=1000)


class RegisterForm(forms.Form):
    email = forms.EmailField()
    password = forms.CharField(strip=False, max_length=1000)


def seconds_throttled(request: HttpRequest, scope: APIView) -> int:
    """How long this address has to wait, 0 when it need not: the API's rates, counted together with it."""
    throttle = AddressRateThrottle()
    if throttle.allow_request(Request(request), scope):
        return 0
    return max(1, int(throttle.wait() or 60))


def too_many(request: HttpRequest, seconds: int, *, locked: bool = False) -> HttpResponse:
    response = render(request, "429.html", {"wait_minutes": -(-seconds // 60), "locked": locked}, status=429)
    response["Retry-After"] = str(seconds)
    return response


def next_page(request: HttpRequest) -> str:
    """Where to go after logging in: `next` if it stays on this site, else the chat."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if safe else str(settings.LOGIN_REDIRECT_URL)


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def login_page(request: HttpRequest) -> HttpResponse:
    """Logs in by e-mail address or user name; what was wrong is not told."""
    target = next_page(request)
    if request.user.is_authenticated:
        return redirect(target)
    if request.method != "POST":
        return render(request, "accounts/login.html", {"form": LoginForm(), "next": target})
    if seconds := seconds_throttled(request, LoginScope()):
        return too_many(request, seconds)
    form = LoginForm(request.POST)
    user = _check(request, form) if form.is_valid() else None
    if getattr(request, "axes_locked_out", False):
        return _locked(request, form)
    if user is None:
        return render(request, "accounts/login.html", {"form": form, "next": target, "refused": True}, status=401)
    login(request, user)
    return redirect(target)


def _check(request: HttpRequest, form: LoginForm) -> User | None:
    user = authenticate(request, **form.cleaned_data)
    return user if isinstance(user, User) else None


def _locked(request: HttpRequest, form: LoginForm) -> HttpResponse:
    # Answered here, for people; the middleware of axes would answer for programs.
    request.axes_locked_out = False  # type: ignore[attr-defined]
    return too_many(request, seconds_locked(request, form.cleaned_data["username"]), locked=True)


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def register_page(request: HttpRequest) -> HttpResponse:
    """Makes an account and logs in; 404 while registration is closed."""
    if not settings.REGISTRATION_OPEN:
        raise Http404
    target = next_page(request)
    if request.user.is_authenticated:
        return redirect(target)
    if request.method != "POST":
        return render(request, "accounts/register.html", {"form": RegisterForm(), "next": target})
    if seconds := seconds_throttled(request, RegisterScope()):
        return too_many(request, seconds)
    form = RegisterForm(request.POST)
    user = _register(form) if form.is_valid() else None
    if user is None:
        return render(request, "accounts/register.html", {"form": form, "next": target}, status=422)
    login(request, user, backend=BACKEND)
    return redirect(target)


def _register(form: RegisterForm) -> User | None:
    """The new user; None with the reason on the form."""
    data: dict[str, Any] = form.cleaned_data
    try:
        return register_user(email=data["email"], password=data["password"])
    except DuplicateUser:
        form.add_error("email", ValidationError("", code="duplicate"))
    except ValidationError as error:
        form.add_error("password", error.error_dict["password"])
    return None


@require_POST
def logout_page(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("login" if not settings.CHAT_ANONYMOUS else "chat")
