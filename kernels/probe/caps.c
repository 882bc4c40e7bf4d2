/* Identity and capabilities of the caller. */
#include "probe.h"

#include <linux/capability.h>
#include <linux/prctl.h>

u32 real_id(u32 id)
{
	return id == ID_PRIVATE ? env.uid : id;
}

static void change_ids(u32 ruid, u32 euid, u32 rgid, u32 egid)
{
	long r;

	if ((r = raw(SYS_setgroups, 0, NULL)) < 0)
		cannot("setgroups", -r);
	if ((r = raw(SYS_setresgid, rgid, egid, egid)) < 0)
		cannot("setresgid", -r);
	if ((r = raw(SYS_setresuid, ruid, euid, euid)) < 0)
		cannot("setresuid", -r);
}

/* Become the case's uid and gid.  Capabilities asked for by name survive. */
void take_uid(void)
{
	u32 ruid = real_id(K->ruid), euid = real_id(K->euid);
	u32 rgid = real_id(K->rgid), egid = real_id(K->egid);

	if (!(ruid | euid | rgid | egid))
		return;
	if (K->has_capeff || K->has_capprm)
		raw(SYS_prctl, PR_SET_KEEPCAPS, 1);
	change_ids(ruid, euid, rgid, egid);
	raw(SYS_prctl, PR_SET_KEEPCAPS, 0);
	raw(SYS_prctl, PR_SET_DUMPABLE, 1);
}

/* Needs CAP_SETPCAP, so it comes before the uid is taken. */
void take_bounding(void)
{
	u64 keep = K->capbnd;

	if (!K->has_capbnd)
		return;
	for (long cap = 0; cap <= 63; cap++) {
		long r;

		if (raw(SYS_prctl, PR_CAPBSET_READ, cap) != 1 || keep >> cap & 1)
			continue;
		if ((r = raw(SYS_prctl, PR_CAPBSET_DROP, cap)) < 0)
			cannot("capbnd", -r);
	}
}

static void raise_ambient(u64 mask)
{
	for (long cap = 0; cap <= 63; cap++) {
		long r;

		if (!(mask >> cap & 1))
			continue;
		if ((r = raw(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap)) < 0)
			cannot("capamb", -r);
	}
}

/* Exactly the masks of the case; what it does not name stays as it is,
 * except that a named effective set is also the permitted one. */
void take_caps(void)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct d[2];
	u64 eff, prm, inh;
	long r;

	if (!K->has_capeff && !K->has_capprm && !K->has_capinh)
		return;
	raw(SYS_capget, &head, d);
	eff = K->has_capeff ? K->capeff : (d[1].effective * 1ull << 32 | d[0].effective);
	prm = K->has_capprm ? K->capprm : K->has_capeff ? K->capeff : (d[1].permitted * 1ull << 32 | d[0].permitted);
	if (!K->has_capeff && K->has_capprm)
		eff &= prm;
	inh = K->has_capinh ? K->capinh : (d[1].inheritable * 1ull << 32 | d[0].inheritable);
	for (int i = 0; i < 2; i++)
		d[i] = (struct __user_cap_data_struct){ eff >> 32 * i, prm >> 32 * i, inh >> 32 * i };
	if ((r = raw(SYS_capset, &head, d)) < 0)
		cannot("capset", -r);
	if (K->has_capamb)
		raise_ambient(K->capamb);
}
