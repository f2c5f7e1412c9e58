from accounts.admin.keys import ApiKeyAdmin
from accounts.admin.lockouts import FailedLogInAdmin
from accounts.admin.tokens import AccessTokenAdmin, VisitorAdmin
from accounts.admin.users import GroupAdmin, UserAdmin

__all__ = ["AccessTokenAdmin", "ApiKeyAdmin", "FailedLogInAdmin", "GroupAdmin", "UserAdmin", "VisitorAdmin"]
