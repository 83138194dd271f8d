"""The larger commands of the command line, and what commands share."""
