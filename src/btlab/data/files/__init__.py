"""What lies on a disk: folders, locks, manifests, segments, and the one class that writes."""
