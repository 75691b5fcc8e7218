/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "syscalls.h"

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

/* By name: which of them exist depends on the machine, and on how old the library is. */
static const char *const refused[] = {
    /* other programs and processes; what is left of `clone` makes threads */
    "execve",
    "execveat",
    "fork",
    "vfork",
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "process_madvise",
    "kcmp",
    "pidfd_open",
    "pidfd_getfd",
    "pidfd_send_signal",
    "kill",
    "tkill",
    "rt_sigqueueinfo",
    "rt_tgsigqueueinfo",
    "memfd_create",
    "memfd_secret",
    "personality",
    /* memory and messages shared with others */
    "shmget",
    "shmat",
    "msgget",
    "semget",
    "mq_open",
    /* files by path in ways that Landlock does not see */
    "chmod",
    "fchmodat",
    "fchmodat2",
    "chown",
    "lchown",
    "fchownat",
    "setxattr",
    "lsetxattr",
    "setxattrat",
    "removexattr",
    "lremovexattr",
    "removexattrat",
    "truncate",
    "truncate64",
    "utime",
    "utimes",
    "futimesat",
    "utimensat",
    "utimensat_time64",
    "file_setattr",
    "name_to_handle_at",
    "open_by_handle_at",
    "fanotify_init",
    "fanotify_mark",
    "acct",
    "quotactl",
    "quotactl_fd",
    /* name spaces and mounts */
    "mount",
    "umount",
    "umount2",
    "move_mount",
    "open_tree",
    "open_tree_attr",
    "fsopen",
    "fsconfig",
    "fsmount",
    "fspick",
    "mount_setattr",
    "pivot_root",
    "chroot",
    "unshare",
    "setns",
    /* ways around a filter, and parts of the kernel that few programs need */
    "io_uring_setup",
    "io_uring_enter",
    "io_uring_register",
    "bpf",
    "perf_event_open",
    "userfaultfd",
    "keyctl",
    "add_key",
    "request_key",
    "modify_ldt",
    "iopl",
    "ioperm",
    "vmsplice",
    "lookup_dcookie",
    /* the machine */
    "init_module",
    "finit_module",
    "delete_module",
    "kexec_load",
    "kexec_file_load",
    "reboot",
    "swapon",
    "swapoff",
    "syslog",
    "vhangup",
    "settimeofday",
    "stime",
    "clock_settime",
    "clock_settime64",
    "clock_adjtime",
    "clock_adjtime64",
    "adjtimex",
    "sethostname",
    "setdomainname",
    /* who it runs as */
    "setuid",
    "setgid",
    "setreuid",
    "setregid",
    "setresuid",
    "setresgid",
    "setfsuid",
    "setfsgid",
    "setgroups",
    "capset",
};

/* Waiting for connections is never needed, making them only for URLs. */
static const char *const refused_sockets[] = {"listen", "accept", "accept4"};
static const char *const refused_without_network[] = {"socket",  "socketpair", "socketcall",
                                                      "connect", "bind",       "sendmmsg"};
static const char *const memory_calls[] = {"mmap", "mmap2", "mprotect", "pkey_mprotect"};

/* Names and addresses are looked up through these: the resolver's services and the kernel's routes.
 */
static const int families[] = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK};

#define COUNT(list) (sizeof(list) / sizeof *(list))

static int refuse(scmp_filter_ctx filter, const char *name, int answer,
                  const struct scmp_arg_cmp *when)
{
    const int number = seccomp_syscall_resolve_name(name);
    if (number == __NR_SCMP_ERROR)
        return 0; /* not in this library, so hardly in the kernel */
    const int result = seccomp_rule_add_array(filter, SCMP_ACT_ERRNO((unsigned)answer), number,
                                              when ? 1 : 0, when);
    /* A call that only other machines have has a number below 0 and may have no place here. */
    return result == -EDOM || (result == -EINVAL && number < 0) ? 0 : -result;
}

static int refuse_all(scmp_filter_ctx filter, const char *const *names, size_t count)
{
    int failure = 0;
    for (size_t i = 0; i < count && !failure; ++i)
        failure = refuse(filter, names[i], EPERM, NULL);
    return failure;
}

/* Answered as by an old kernel, `clone3` makes the C library turn to `clone`, whose flags a filter
 * can see. */
static int refuse_processes(scmp_filter_ctx filter)
{
    const struct scmp_arg_cmp no_thread = SCMP_CMP64(0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0);
    const int failure = refuse(filter, "clone3", ENOSYS, NULL);
    return failure ? failure : refuse(filter, "clone", EPERM, &no_thread);
}

/* Typing into the terminal that the program was started from. */
static int refuse_typing(scmp_filter_ctx filter)
{
    static const unsigned requests[] = {TIOCSTI, TIOCLINUX};
    int failure = 0;
    for (size_t i = 0; i < COUNT(requests) && !failure; ++i) {
        const struct scmp_arg_cmp is_it =
            SCMP_CMP64(1, SCMP_CMP_MASKED_EQ, UINT32_MAX, requests[i]);
        failure = refuse(filter, "ioctl", EPERM, &is_it);
    }
    return failure;
}

static int refuse_code(scmp_filter_ctx filter)
{
    const struct scmp_arg_cmp code = SCMP_CMP64(2, SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC);
    int failure = 0;
    for (size_t i = 0; i < COUNT(memory_calls) && !failure; ++i)
        failure = refuse(filter, memory_calls[i], EPERM, &code);
    return failure;
}

/* Numbers between and beyond the families. */
static int refuse_other_families(scmp_filter_ctx filter)
{
    const int last = families[COUNT(families) - 1];
    int failure = 0;
    for (int family = 0, known = 0; family <= last && !failure; ++family) {
        if (family == families[known]) {
            ++known;
            continue;
        }
        const struct scmp_arg_cmp is_it = SCMP_CMP64(0, SCMP_CMP_EQ, (unsigned)family, 0);
        failure = refuse(filter, "socket", EPERM, &is_it);
    }
    const struct scmp_arg_cmp beyond = SCMP_CMP64(0, SCMP_CMP_GT, (unsigned)last, 0);
    return failure ? failure : refuse(filter, "socket", EPERM, &beyond);
}

static int fill(scmp_filter_ctx filter, bool network)
{
    int failure = -seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
    if (!failure) /* calls of the other kinds that the machine knows, as of 32 bits */
        failure = -seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(EPERM));
    if (!failure)
        failure = refuse_all(filter, refused, COUNT(refused));
    if (!failure)
        failure = refuse_all(filter, refused_sockets, COUNT(refused_sockets));
    if (!failure)
        failure = refuse_processes(filter);
    if (!failure)
        failure = refuse_typing(filter);
    if (!failure && network)
        failure = refuse_other_families(filter);
    if (!failure && !network)
        failure = refuse_all(filter, refused_without_network, COUNT(refused_without_network));
    if (!failure && !network)
        failure = refuse_code(filter);
    return failure;
}

int ocs_syscalls_restrict(bool network)
{
    const scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    if (!filter)
        return ENOMEM;
    int failure = fill(filter, network);
    if (!failure)
        failure = -seccomp_load(filter);
    seccomp_release(filter);
    return failure;
}
