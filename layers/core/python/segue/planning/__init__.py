"""A tracking plan out of real events: looked at once, one after the other, and proposed as a file of `events/`."""
