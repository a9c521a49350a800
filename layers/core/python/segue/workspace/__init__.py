"""The folder of YAML and templates in which a team writes its tracking plan, policy and journeys."""
