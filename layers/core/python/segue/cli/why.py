"""`segue replay`."""

COMMANDS = ()
