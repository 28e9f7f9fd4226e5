//! Nothing: the guests share `kernels` and `programs`.
