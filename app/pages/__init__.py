"""HTML pages: the home page, the API index and its documents."""
