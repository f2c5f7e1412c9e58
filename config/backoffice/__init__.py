"""Parts that the admin pages of all apps are made of."""
