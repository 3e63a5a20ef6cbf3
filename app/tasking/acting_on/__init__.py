"""What agencies do about a case: actions, the safety gate before them, orders, and the other processes that hold it."""
