"""What `./RUN.sh doctor` looks at: whether the record keeps its invariants, and whether its surroundings are sound."""
