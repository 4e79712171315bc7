"""The compiler: plain scalar code is traced, lifted to a program over arrays, differentiated and made machine code.

    function ── trace ──> scalar nodes ── lift ──> array program ── derive ──> with its gradient ── generate ──> code

`frontend` has the decorator, `compiled` what it returns. `program` is what all stages share; read it first.
`pipeline` runs the stages in order. The backends are `reference` (NumPy) and the folder `native` (LLVM).
"""
