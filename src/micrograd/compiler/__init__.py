"""The compiler: plain scalar code is traced, lifted to a program over arrays, differentiated and made machine code."""
