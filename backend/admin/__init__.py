"""Django's admin at `/admin/`: the record to look at, and what may be done to it by hand.

Nobody adds or edits a row: what can be done goes through the store, as it does from the API.
"""
