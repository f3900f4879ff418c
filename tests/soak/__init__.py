"""Long proofs with real processes: `./RUN.sh soak <name>`. Short ones of the same are in tests/system."""
