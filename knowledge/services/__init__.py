"""What people do with the knowledge base, one function for each change."""

from knowledge.services.documents import (
    delete_document,
    fingerprint_of,
    forget_passages,
    publish_document,
    unpublish_document,
)

__all__ = ["delete_document", "fingerprint_of", "forget_passages", "publish_document", "unpublish_document"]
