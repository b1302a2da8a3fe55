/* Lets User Mode Linux run on processors whose register state is larger than it knows (AMX: 11,008 bytes).
 * Linux up to 6.12 keeps 2,696 bytes of a guest's registers, and the kernel beneath takes back all or
 * nothing (EFAULT). This stands before the libc's ptrace: what the guest cannot have is left as it is. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <elf.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

long ptrace(enum __ptrace_request request, ...) {
  static long (*real)(enum __ptrace_request, ...);
  static char whole[1 << 16]; /* that kernel has one thread, and a stack of 16 KB */
  __builtin_va_list list;
  __builtin_va_start(list, request);
  int pid = __builtin_va_arg(list, int);
  void *address = __builtin_va_arg(list, void *);
  struct iovec *data = __builtin_va_arg(list, struct iovec *);
  __builtin_va_end(list);
  if (!real) real = dlsym(RTLD_NEXT, "ptrace");
  if (request != PTRACE_SETREGSET || (long)address != NT_X86_XSTATE) return real(request, pid, address, data);
  struct iovec all = {whole, sizeof whole};
  long failed = real(PTRACE_GETREGSET, pid, address, &all);
  if (failed) return failed;
  memcpy(whole, data->iov_base, data->iov_len < all.iov_len ? data->iov_len : all.iov_len);
  return real(PTRACE_SETREGSET, pid, address, &all);
}
