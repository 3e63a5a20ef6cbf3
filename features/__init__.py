"""Feature builders: suspect histories, patterns, overlap, relationships and holds, from known records only."""
