"""What finds the nodes that may break a shape, in columns or behind an endpoint."""
