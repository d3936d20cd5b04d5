"""The other node: keys, signatures, guarded connections and the transport."""
