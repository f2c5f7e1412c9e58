from knowledge.admin.documents import DocumentAdmin
from knowledge.admin.web import WebSourceAdmin

__all__ = ["DocumentAdmin", "WebSourceAdmin"]
