# The machine code of a program: it takes the memory that the program works in and returns 0, or 1 for a bad index.
ctypedef int (*kernel)(void*) noexcept
