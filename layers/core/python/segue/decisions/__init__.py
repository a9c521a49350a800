"""May it be sent now: policy, windows, caps, the ledger, and the reason for every answer."""
