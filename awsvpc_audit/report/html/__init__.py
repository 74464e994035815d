"""The report as one HTML file that needs no network: made for reading, and for keeping as evidence."""
