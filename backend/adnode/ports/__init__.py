"""What the use cases need from the outside, as Protocols. Adapters implement them; adapters/memory holds a twin of
each.
"""
