"""Forms and widgets of the skin, under names of ours."""

from typing import TYPE_CHECKING, Any

from django import forms

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[Any]
    CheckboxList = forms.CheckboxSelectMultiple
    EmailInput = forms.EmailInput
    Password = forms.PasswordInput
    Select = forms.Select
    Switch = forms.CheckboxInput
    Text = forms.TextInput
    TextArea = forms.Textarea
    ColourInput = forms.TextInput
else:
    from django.forms import ModelForm
    from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget as CheckboxList
    from unfold.widgets import UnfoldAdminColorInputWidget as ColourInput
    from unfold.widgets import UnfoldAdminEmailInputWidget as EmailInput
    from unfold.widgets import UnfoldAdminPasswordWidget as Password
    from unfold.widgets import UnfoldAdminSelectWidget as Select
    from unfold.widgets import UnfoldAdminTextareaWidget as TextArea
    from unfold.widgets import UnfoldAdminTextInputWidget as Text
    from unfold.widgets import UnfoldBooleanSwitchWidget as Switch

__all__ = [
    "CheckboxList",
    "ColourInput",
    "EmailInput",
    "ModelForm",
    "Password",
    "SecretArea",
    "Select",
    "Switch",
    "Text",
    "TextArea",
]


class SecretArea(TextArea):
    """Several lines that go in and never come out, also when the form is shown again with errors."""

    def format_value(self, value: Any) -> str:
        return ""
