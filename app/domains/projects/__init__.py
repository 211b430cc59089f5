"""Projects: what tasks belong to, their members and roles, and their activity."""
