"""The promise that every badge is the true number, driven through both services by random sequences."""
