"""Links between our things and what others publish: identifiers, their crosswalk, and the health of links."""
