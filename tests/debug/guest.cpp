// A guest with debug information: functions that trap, inlined ones, and names that are mangled.
#include "shape.h"

namespace shape {

__attribute__((noinline)) int Box::area() const {
    return checked(width) * checked(height);
}

template <typename T>
__attribute__((noinline)) T divide(T a, T b) {
    return a / b;
}

}

static inline __attribute__((always_inline)) int twice(int n) {
    shape::Box box = {n, n};
    return 2 * box.area();
}

extern "C" __attribute__((export_name("area"))) int area(int n) {
    return 1 + twice(n);
}

extern "C" __attribute__((export_name("ratio"))) int ratio(int a, int b) {
    return 1 + shape::divide(a, b);
}
