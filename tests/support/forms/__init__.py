"""An app whose task functions take a value of each kind, for the forms that are made of them."""
