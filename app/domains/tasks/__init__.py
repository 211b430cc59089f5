"""Tasks of a project, with their labels, comments and attachments."""
