"""Things to try Segue on."""
