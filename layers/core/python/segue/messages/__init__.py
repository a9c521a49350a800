"""What is said and how: templates, channel request builders, the in-app inbox, unsubscribe."""
