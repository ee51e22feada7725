/*
 * Preloaded into a program that finds libibverbs and librdmacm by dlsym, as Java does: each of their
 * functions that can fail is counted, and one call of one of them can be made to fail. A call that
 * is made to fail does not reach the library, but for ibv_close_device: like close(2), it has no way
 * back.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <infiniband/verbs.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* By how they report a failure: as NULL and errno, as -1 and errno, or as an errno value. A post also
 * tells the first request that it has refused. */
#define SYMBOLS(NULL_ERRNO, MINUS_ONE, ERRNO, CLOSE) \
	NULL_ERRNO(ibv_get_device_list) \
	NULL_ERRNO(ibv_open_device) \
	CLOSE(ibv_close_device) \
	ERRNO(ibv_query_device) \
	ERRNO(_ibv_query_gid_ex) \
	NULL_ERRNO(ibv_create_comp_channel) \
	ERRNO(ibv_destroy_comp_channel) \
	NULL_ERRNO(ibv_create_cq) \
	ERRNO(ibv_resize_cq) \
	ERRNO(ibv_destroy_cq) \
	MINUS_ONE(ibv_get_cq_event) \
	MINUS_ONE(ibv_get_async_event) \
	NULL_ERRNO(ibv_alloc_pd) \
	ERRNO(ibv_dealloc_pd) \
	NULL_ERRNO(ibv_reg_mr) \
	ERRNO(ibv_dereg_mr) \
	NULL_ERRNO(ibv_create_srq) \
	ERRNO(ibv_modify_srq) \
	ERRNO(ibv_query_srq) \
	ERRNO(ibv_destroy_srq) \
	NULL_ERRNO(ibv_create_qp) \
	ERRNO(ibv_modify_qp) \
	ERRNO(ibv_destroy_qp) \
	NULL_ERRNO(rdma_create_event_channel) \
	MINUS_ONE(rdma_create_id) \
	MINUS_ONE(rdma_destroy_id) \
	MINUS_ONE(rdma_bind_addr) \
	MINUS_ONE(rdma_resolve_addr) \
	MINUS_ONE(rdma_resolve_route) \
	MINUS_ONE(rdma_listen) \
	MINUS_ONE(rdma_connect) \
	MINUS_ONE(rdma_accept) \
	MINUS_ONE(rdma_reject) \
	MINUS_ONE(rdma_establish) \
	MINUS_ONE(rdma_disconnect) \
	MINUS_ONE(rdma_notify) \
	MINUS_ONE(rdma_set_option) \
	MINUS_ONE(rdma_init_qp_attr) \
	MINUS_ONE(rdma_get_cm_event)

/* Inline functions of verbs.h, which call through the device's struct ibv_context. */
#define OPERATIONS(NULL_ERRNO, MINUS_ONE, ERRNO, POST) \
	POST(post_send) \
	POST(post_recv) \
	POST(post_srq_recv) \
	MINUS_ONE(poll_cq) \
	ERRNO(req_notify_cq) \
	NULL_ERRNO(alloc_mw) \
	ERRNO(dealloc_mw) \
	ERRNO(query_port) \
	ERRNO(query_device_ex)

#define EACH(X) SYMBOLS(X, X, X, X) OPERATIONS(X, X, X, X)

#define NUMBER(name) CALL_##name,
enum call { EACH(NUMBER) CALLS };

static const char *const names[] = {
#define NAME(name) #name,
	EACH(NAME)
};

#define AS_NULL(name) [CALL_##name] = (void *)fail_as_null,
#define AS_MINUS_ONE(name) [CALL_##name] = (void *)fail_as_minus_one,
#define AS_ERRNO(name) [CALL_##name] = (void *)fail_as_errno,
#define AS_POST(name) [CALL_##name] = (void *)fail_as_post,
#define AS_CLOSE(name) [CALL_##name] = (void *)fail_after_closing,
static void *fail_as_null(void);
static int fail_as_minus_one(void);
static int fail_as_errno(void);
static int fail_as_post(void *queue, void *request, void **bad_request);
static int fail_after_closing(struct ibv_context *context);
static void *const failures[] = {
	SYMBOLS(AS_NULL, AS_MINUS_ONE, AS_ERRNO, AS_CLOSE)
	OPERATIONS(AS_NULL, AS_MINUS_ONE, AS_ERRNO, AS_POST)
};

static void *real[CALLS];
static atomic_long calls[CALLS];
static atomic_int armed_call = -1;
static long armed_count;
static int armed_error;
static atomic_int failed;

/* --- what the test calls */

int failing_calls(void)
{
	return CALLS;
}

const char *failing_name(int call)
{
	return names[call];
}

long failing_count(int call)
{
	return calls[call];
}

/* Forgets the calls so far; the count-th of one function from now on fails, or none (-1). */
void failing_arm(int call, long count, int error)
{
	armed_call = -1;
	for (int i = 0; i < CALLS; i++)
		calls[i] = 0;
	failed = 0;
	armed_count = count;
	armed_error = error;
	armed_call = call;
}

/* Whether the call has come, and failed. */
int failing_failed(void)
{
	return failed;
}

/* --- failing */

static void *fail_as_null(void)
{
	errno = armed_error;
	return NULL;
}

static int fail_as_minus_one(void)
{
	errno = armed_error;
	return -1;
}

static int fail_as_errno(void)
{
	return armed_error;
}

static int fail_as_post(void *queue, void *request, void **bad_request)
{
	(void)queue;
	*bad_request = request;
	return armed_error;
}

static int fail_after_closing(struct ibv_context *context)
{
	((int (*)(struct ibv_context *))real[CALL_ibv_close_device])(context);
	return fail_as_minus_one();
}

/* Counts a call; returns what to call with its arguments. */
__attribute__((used)) static void *decide(unsigned int call)
{
	long count = atomic_fetch_add(&calls[call], 1) + 1;

	if (armed_call == (int)call && count == armed_count) {
		failed = 1;
		return failures[call];
	}
	return real[call];
}

/* Passes a call on with its arguments as they are. The stack is aligned at the inner call. */
__asm__(".text\n"
	"dispatch:\n"
	"	push %rdi\n"
	"	push %rsi\n"
	"	push %rdx\n"
	"	push %rcx\n"
	"	push %r8\n"
	"	push %r9\n"
	"	sub $8, %rsp\n"
	"	mov %eax, %edi\n"
	"	call decide\n"
	"	add $8, %rsp\n"
	"	pop %r9\n"
	"	pop %r8\n"
	"	pop %rcx\n"
	"	pop %rdx\n"
	"	pop %rsi\n"
	"	pop %rdi\n"
	"	jmp *%rax\n");

#define ENTRY(name) \
	__attribute__((naked)) static void enter_##name(void) \
	{ \
		__asm__("mov %0, %%eax\n\tjmp dispatch" ::"i"(CALL_##name)); \
	}
EACH(ENTRY)

#define ENTRY_OF(name) (void *)enter_##name,
static void *const entries[] = { EACH(ENTRY_OF) };

/* --- finding the functions */

/* A program polls as often as it likes: after one that finds nothing, none counts until one does. */
#define QUEUES 1024
static atomic_uchar empty[QUEUES];

static int poll_cq(struct ibv_cq *cq, int entries, struct ibv_wc *wc)
{
	int (*poll)(struct ibv_cq *, int, struct ibv_wc *) =
		empty[(uintptr_t)cq / 64 % QUEUES] ? real[CALL_poll_cq] : (void *)enter_poll_cq;
	int polled = poll(cq, entries, wc);

	empty[(uintptr_t)cq / 64 % QUEUES] = polled == 0;
	return polled;
}

static void enter(void *operation, enum call call)
{
	void **slot = operation;

	if (*slot) {
		real[call] = *slot;
		*slot = entries[call];
	}
}

static struct ibv_context *(*real_open_device)(struct ibv_device *device);

static struct ibv_context *open_device(struct ibv_device *device)
{
	struct ibv_context *context = real_open_device(device);
	struct verbs_context *extended;

	if (!context)
		return NULL;
	enter(&context->ops.post_send, CALL_post_send);
	enter(&context->ops.post_recv, CALL_post_recv);
	enter(&context->ops.post_srq_recv, CALL_post_srq_recv);
	enter(&context->ops.poll_cq, CALL_poll_cq);
	context->ops.poll_cq = poll_cq;
	enter(&context->ops.req_notify_cq, CALL_req_notify_cq);
	enter(&context->ops.alloc_mw, CALL_alloc_mw);
	enter(&context->ops.dealloc_mw, CALL_dealloc_mw);
	extended = verbs_get_ctx(context);
	if (extended) {
		enter(&extended->query_port, CALL_query_port);
		enter(&extended->query_device_ex, CALL_query_device_ex);
	}
	return context;
}

void *dlsym(void *library, const char *name)
{
	static void *(*real_dlsym)(void *library, const char *name);
	void *function;

	if (!real_dlsym)
		real_dlsym = dlvsym(RTLD_NEXT, "dlsym", "GLIBC_2.2.5");
	function = real_dlsym(library, name);
	for (int i = 0; function && i < CALL_post_send; i++)
		if (!strcmp(name, names[i])) {
			real[i] = function;
			if (i == CALL_ibv_open_device) {
				real_open_device = (void *)function;
				real[i] = (void *)open_device;
			}
			return entries[i];
		}
	return function;
}
