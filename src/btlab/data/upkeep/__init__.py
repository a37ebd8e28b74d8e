"""What keeps a store in order: compact, backup and restore, migrate, doctor."""
