"""Events out of files, sent as any client would send them: read, map, pace, send, resume."""
