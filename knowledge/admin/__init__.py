from knowledge.admin.documents import DocumentAdmin

__all__ = ["DocumentAdmin"]
