"""The recipe of the shipped reader: build, train, export, evaluate. Each is a command."""
