# The tag of all C++ exceptions, which carries the address of the object thrown.
	.tagtype __cpp_exception i32
	.globl __cpp_exception
__cpp_exception:
