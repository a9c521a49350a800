"""The same ports in memory, for the simulator and the tests."""
