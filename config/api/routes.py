"""Routes that answer with and without a trailing slash: a redirect would lose the body of a POST."""

from collections.abc import Callable
from typing import Any

from django.http.response import HttpResponseBase
from django.urls import URLPattern, path

ViewCallable = Callable[..., HttpResponseBase]


def both_forms(route: str, view: Any, *, name: str | None = None) -> list[URLPattern]:
    """`route` as written (named, documented) and its other form (neither).

    `view` is what `as_view()` returned, or any view function.
    """
    other = route.removesuffix("/") if route.endswith("/") else f"{route}/"
    return [path(route, view, name=name), path(other, _undocumented(view))]


def _undocumented(view: Any) -> ViewCallable:
    """The same view, left out of the API schema; plain Django views are not in it anyway."""
    view_class = getattr(view, "cls", None)
    if view_class is None:
        return view  # type: ignore[no-any-return]
    initkwargs = {**view.initkwargs, "schema": None}
    if actions := getattr(view, "actions", None):
        return view_class.as_view(actions, **initkwargs)  # type: ignore[no-any-return]
    return view_class.as_view(**initkwargs)  # type: ignore[no-any-return]
