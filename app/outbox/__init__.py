"""A transactional outbox: tasks are stored with their change, and sent until they are done."""
