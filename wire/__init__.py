"""What Zonda's processes say to each other. `PROTOCOL.md` is normative; this package is its Python."""
