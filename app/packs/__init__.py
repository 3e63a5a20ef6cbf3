"""What leaves a meeting on paper: pages for each service, minutes, and lists for a spreadsheet."""
