"""In English, the one language that the admin speaks."""
