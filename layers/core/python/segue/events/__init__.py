"""What happened: the Segment spec, the tracking plan, normalisation, conditions."""
