"""How the board is served: its sessions, its doors, and what may pass between it and a browser."""
