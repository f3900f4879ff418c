"""A whole Zonda under a storm of faults, and what is still true of it afterwards: `./RUN.sh soak chaos --help`.

It is a Django app too: its task functions tell a history file of their own what ran, and when. The checker believes
only that file and the record.
"""
