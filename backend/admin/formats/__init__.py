"""How the admin writes times: Django looks here before its own ways of writing."""
