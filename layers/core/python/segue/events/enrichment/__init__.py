"""What an event does not say itself, but can be known: where, on what, by which way, and which product."""
