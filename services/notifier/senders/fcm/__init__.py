"""Firebase Cloud Messaging: to Android, and through APNs to iOS."""
