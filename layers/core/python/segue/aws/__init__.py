"""The ports on AWS: tables, queues, the bus, state machines, channels, settings and wiring."""
