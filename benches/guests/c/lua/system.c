// What the C library would import from the system. There is none: whatever is asked for is an invalid file.
#include <stdint.h>

enum { BAD_FILE = 8 };

#define NONE(name, ...) \
    int32_t __imported_wasi_snapshot_preview1_##name(__VA_ARGS__) { return BAD_FILE; }

NONE(fd_fdstat_get, int32_t file, int32_t stat)
NONE(fd_fdstat_set_flags, int32_t file, int32_t flags)
NONE(fd_prestat_get, int32_t file, int32_t stat)
NONE(fd_prestat_dir_name, int32_t file, int32_t path, int32_t length)
NONE(fd_read, int32_t file, int32_t buffers, int32_t count, int32_t read)
NONE(fd_renumber, int32_t from, int32_t to)
NONE(fd_seek, int32_t file, int64_t offset, int32_t whence, int32_t position)
NONE(fd_write, int32_t file, int32_t buffers, int32_t count, int32_t written)
NONE(path_open, int32_t directory, int32_t flags, int32_t path, int32_t length, int32_t open_flags, int64_t rights,
     int64_t inheriting, int32_t fd_flags, int32_t file)
NONE(random_get, int32_t buffer, int32_t length)

void __imported_wasi_snapshot_preview1_proc_exit(int32_t code) { __builtin_trap(); }

// Imports `fd_close` by another name.
int close(int file) { return -1; }
