"""What is done to a server by those who wish it ill, as tables: a name, what is sent, what may come back."""
