"""An app whose task functions do what the contract of Django's Tasks framework has rules for."""
