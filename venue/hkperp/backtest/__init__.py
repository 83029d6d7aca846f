"""The models beside recorded prices and rates; no machine and no scenario."""
