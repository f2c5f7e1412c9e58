"""`POST /api/webhook/email`: one mail, in any of the forms that programs send."""
