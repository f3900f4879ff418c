"""What keeps all of Zonda's processes running until it is asked to stop. It knows them by their commands alone."""
