"""What `./RUN.sh` does: sets up what is missing, then starts, tests or checks. The standard library is all it needs."""
