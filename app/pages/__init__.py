"""Pages for people: the way in, and the API's documents."""
