"""The worked examples on a deployed stack: each event as the clock shows its time, and what came of them."""
