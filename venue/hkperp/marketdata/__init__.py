"""The public feed and the book made of it; nothing that only one client may see."""
