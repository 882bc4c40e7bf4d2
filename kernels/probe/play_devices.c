/* Commands about devices: who opens and owns one, who has its file, its workers. */
#include "play_workers.h"

#include <fcntl.h>
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define SET_OWNER _IO(0xaf, 0x01)
#define NEW_WORKER _IOR(0xaf, 0x08, unsigned int)
#define FREE_WORKER _IOW(0xaf, 0x09, unsigned int)
#define SET_FORK_FROM_OWNER _IOW(0xaf, 0x84, unsigned char)
#define CREW 8

/* What VHOST_NEW_WORKER made, by device. */
static u32 numbers[DEVICES][CREW];
static int made[DEVICES];

static int device(int argc, char **argv, int at)
{
	long n = argc > at ? number(argv[at]) : 0;

	return FD_DEVICE + (n > 0 && n < DEVICES ? (int)n : 0);
}

/* devices: let everybody open them, where the whole machine is ours */
static void devices(struct actor *none, int argc, char **argv, struct answer *out)
{
	(void)none, (void)argc, (void)argv;
	if (access("/dev/vhost-net", F_OK) < 0 || access("/dev/vhost-scsi", F_OK) < 0)
		impossible(out, "no vhost devices here");
	else if (!env.vm)
		impossible(out, "unprivileged owners of vhost devices in virtual machines only");
	else
		out->ret = chmod("/dev/vhost-net", 0666) | chmod("/dev/vhost-scsi", 0666);
}

/* own DEVICE [kthread]: open a vhost device and become its owner */
static void own(struct actor *a, int argc, char **argv, struct answer *out)
{
	static const char *const files[] = { "/dev/vhost-net", "/dev/vhost-scsi" };
	int at = device(argc, argv, 1), crew = !strcmp(argv[0], "crew");
	unsigned char task = 0;

	(void)a;
	made[at - FD_DEVICE] = 0;
	if (keep_at(raw(SYS_openat, AT_FDCWD, files[crew], O_RDWR), at) < 0) {
		impossible(out, "no vhost devices here");
		return;
	}
	if (argc > 2 && raw(SYS_ioctl, at, SET_FORK_FROM_OWNER, &task) < 0) {
		impossible(out, "no VHOST_SET_FORK_FROM_OWNER");
		return;
	}
	out->ret = raw(SYS_ioctl, at, SET_OWNER, 0);
	if (out->ret < 0)
		raw(SYS_close, at);
}

/* device DEVICE: open one of vhost_scsi, which has no owner yet */
static void open_only(struct actor *a, int argc, char **argv, struct answer *out)
{
	(void)a;
	out->ret = keep_at(raw(SYS_openat, AT_FDCWD, "/dev/vhost-scsi", O_RDWR), device(argc, argv, 1));
	if (out->ret < 0)
		impossible(out, "no vhost devices here");
}

/* owner DEVICE: become its owner */
static void become_owner(struct actor *a, int argc, char **argv, struct answer *out)
{
	(void)a;
	out->ret = raw(SYS_ioctl, device(argc, argv, 1), SET_OWNER, 0);
}

/* more DEVICE: one more worker for it */
static void more(struct actor *a, int argc, char **argv, struct answer *out)
{
	int at = device(argc, argv, 1), *n = &made[at - FD_DEVICE];

	(void)a;
	out->ret = raw(SYS_ioctl, at, NEW_WORKER, &numbers[at - FD_DEVICE][*n]);
	if (!out->ret)
		*n = (*n + 1) % CREW;
}

/* less DEVICE: free the worker that came last by NEW_WORKER: no ring is attached to it */
static void less(struct actor *a, int argc, char **argv, struct answer *out)
{
	int at = device(argc, argv, 1), *n = &made[at - FD_DEVICE];

	(void)a;
	if (*n > 0)
		out->ret = raw(SYS_ioctl, at, FREE_WORKER, &numbers[at - FD_DEVICE][--*n]);
}

/* machine DEVICE: a virtual machine, run once, which makes KVM's recovery thread */
static void machine(struct actor *a, int argc, char **argv, struct answer *out)
{
	int at = device(argc, argv, 1);
	long kvm = raw(SYS_openat, AT_FDCWD, "/dev/kvm", O_RDWR | O_CLOEXEC), cpu;

	(void)a;
	out->ret = kvm < 0 ? kvm : keep_at(raw(SYS_ioctl, kvm, KVM_CREATE_VM, 0), at);
	if (kvm >= 0)
		raw(SYS_close, kvm);
	if (out->ret < 0) {
		impossible(out, "no virtual machines here");
		return;
	}
	cpu = raw(SYS_ioctl, at, KVM_CREATE_VCPU, 0);
	raw(SYS_ioctl, cpu, KVM_RUN, 0); /* it has no memory, and need not get far */
	raw(SYS_close, cpu);
}

/* take ACTOR DEVICE: get its open file, as over a socket */
static void take(struct actor *a, int argc, char **argv, struct answer *out)
{
	struct actor *other = argc > 1 ? actor_named(argv[1]) : NULL;
	int at = device(argc, argv, 2);
	long fd = other ? raw(SYS_pidfd_open, other->pid_self, 0) : -ESRCH;

	(void)a;
	out->ret = fd < 0 ? fd : keep_at(raw(SYS_pidfd_getfd, fd, at, 0), at);
	if (fd >= 0)
		raw(SYS_close, fd);
}

static void drop(struct actor *a, int argc, char **argv, struct answer *out)
{
	(void)a;
	out->ret = raw(SYS_close, device(argc, argv, 1));
}

const struct verb play_device_verbs[] = {
	{ "devices", devices, 1 },
	{ "own", own, 0 },
	{ "crew", own, 0 },
	{ "device", open_only, 0 },
	{ "owner", become_owner, 0 },
	{ "more", more, 0 },
	{ "less", less, 0 },
	{ "machine", machine, 0 },
	{ "take", take, 0 },
	{ "drop", drop, 0 },
	{ NULL },
};
