/* A small copy_process(), to try `cloneproof review` on. */
#define CLONE_FS	0x00000200
#define CLONE_SIGHAND	0x00000800
#define CLONE_THREAD	0x00010000
#define CLONE_NEWUSER	0x10000000
#define EINVAL		22
#define ENOMEM		12

struct kernel_clone_args {
	unsigned long long flags;
};

extern struct task_struct *current;
extern struct task_struct *dup_task_struct(struct task_struct *orig, int node);

static inline void *ERR_PTR(long error)
{
	return (void *)error;
}

struct task_struct *copy_process(struct pid *pid, int trace, int node,
				 struct kernel_clone_args *args)
{
	struct task_struct *p;
	const unsigned long long clone_flags = args->flags;

	/* Who shares its root with others must not change it for them. */
	if ((clone_flags & (CLONE_NEWUSER|CLONE_FS)) == (CLONE_NEWUSER|CLONE_FS))
		return ERR_PTR(-EINVAL);
	if ((clone_flags & CLONE_THREAD) && !(clone_flags & CLONE_SIGHAND))
		return ERR_PTR(-EINVAL);
	p = dup_task_struct(current, node);
	if (!p)
		return ERR_PTR(-ENOMEM);
	return p;
}
