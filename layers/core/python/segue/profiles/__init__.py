"""Who it happened to: identity, traits, consent, and the documents kept about a person."""
