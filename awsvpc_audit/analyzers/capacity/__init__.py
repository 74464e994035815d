"""Task-ENI slots, addresses and placement."""
