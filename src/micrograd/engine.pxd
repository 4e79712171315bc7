# What the compiled engine calls of Python's own interface and Cython does not know.
cdef extern from "Python.h":
    void PyObject_GC_UnTrack(void* container)
