"""The vocabulary of adnode: frozen values, enums, transition tables, exceptions with codes. Standard library only.

A *connection* joins two *organizations*, each served by a *node*. A *twin* is a pair of work items, one on each side.
Each node holds a *sync state* per twin: one *register* per synced field, comment and attachment. A *trace* remembers
which local comment or file stands for which key. A *message* carries registers to the *peer*.
"""
