"""What is answered besides documents, pages and queries: services for other programs and their data."""
