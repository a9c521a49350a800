"""The whole of AWS on this machine: an emulator, our CDK app deployed into it, and what has to be mended there."""
