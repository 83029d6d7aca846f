"""What a person types and sees on a screen; the figures are worked out elsewhere."""
