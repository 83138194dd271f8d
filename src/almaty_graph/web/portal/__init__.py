"""Shows the graph to people, and each thing in it by its IRI."""
