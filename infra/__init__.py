"""Segue on AWS: the environments, one construct per capability, and the stacks that wire them and grant."""
