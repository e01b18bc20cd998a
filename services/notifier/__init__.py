"""notifier: decides where each person is told of each message, and tells them."""
