"""Segue: customer-journey orchestration. Capabilities are pure; `aws` and `memory` keep what they need kept."""
