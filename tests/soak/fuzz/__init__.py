"""Every topic of a whole Zonda is sent what nobody should send, while good tasks go on.

What cannot be read, what is too large, and what can be read and is none of anybody's: words of strangers, for other
incarnations, epochs and fences, and of what has long ended.
"""
