"""Projects: what work belongs to, who may see and change it, and what happened there."""
