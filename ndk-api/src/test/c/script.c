#include "script.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define ENTRIES (1 << 15) /* of each ring; a power of two */
#define EVENTS 1024
#define FAILURES 16

struct script script;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

struct ring {
	uint32_t head;
	uint32_t tail;
	struct ibv_wc entries[ENTRIES];
};

struct scripted_cq {
	int armed;
	struct ring done;
};

struct scripted_qp {
	int failed;
	struct ring sends;
	struct ring receives;
};

static struct failure {
	char call[32];
	int error;
	int calls_before;
} failures[FAILURES];

static struct ibv_async_event async_events[EVENTS];
static uint32_t async_head, async_tail;

/* --- what a test calls */

/* Where a number is, or NULL. */
int64_t *script_value(const char *name)
{
#define SCRIPT_FIND(field) \
	if (!strcmp(name, #field)) \
		return &script.field;
	SCRIPT_VALUES(SCRIPT_FIND)
	return NULL;
}

void script_reset(void)
{
	memset(&script, 0, sizeof(script));
	memset(failures, 0, sizeof(failures));
	async_tail = async_head; /* forgets events that nobody could read */
}

/* A call fails once, after so many that work. */
void script_fail(const char *call, int error, int calls_before)
{
	for (int i = 0; i < FAILURES; i++)
		if (!failures[i].error) {
			strncpy(failures[i].call, call, sizeof(failures[i].call) - 1);
			failures[i].calls_before = calls_before;
			failures[i].error = error;
			return;
		}
	abort();
}

int script_error(const char *call)
{
	int error = 0;

	pthread_mutex_lock(&lock);
	for (int i = 0; i < FAILURES && !error; i++)
		if (failures[i].error && !strcmp(failures[i].call, call) &&
		    failures[i].calls_before-- == 0) {
			error = failures[i].error;
			failures[i].error = 0;
		}
	pthread_mutex_unlock(&lock);
	return error;
}

/* --- events: a queue of them for each kind, and a file that counts them */

static struct ibv_cq *cq_events[EVENTS];
static uint32_t cq_head, cq_tail;

static void ready(int fd)
{
	eventfd_write(fd, 1);
}

static int take(int fd)
{
	eventfd_t one;

	return eventfd_read(fd, &one);
}

void script_raise(struct ibv_context *context, int type, void *element)
{
	pthread_mutex_lock(&lock);
	async_events[async_head++ % EVENTS] = (struct ibv_async_event){
		.element.qp = element, .event_type = type };
	pthread_mutex_unlock(&lock);
	ready(context->async_fd);
}

int script_get_async_event(struct ibv_context *context, struct ibv_async_event *event)
{
	if (script.async_errno) {
		errno = script.async_errno;
		return -1;
	}
	if (take(context->async_fd))
		return -1;
	pthread_mutex_lock(&lock);
	*event = async_events[async_tail++ % EVENTS];
	pthread_mutex_unlock(&lock);
	return 0;
}

int script_get_cq_event(struct ibv_comp_channel *channel, struct ibv_cq **cq, void **cq_context)
{
	if (take(channel->fd))
		return -1;
	pthread_mutex_lock(&lock);
	*cq = cq_events[cq_tail++ % EVENTS];
	pthread_mutex_unlock(&lock);
	*cq_context = (*cq)->cq_context;
	return 0;
}

/* --- the data path; all with the lock */

void *script_new_cq(void)
{
	return calloc(1, sizeof(struct scripted_cq));
}

void *script_new_qp(void)
{
	return calloc(1, sizeof(struct scripted_qp));
}

static void done(struct ibv_qp *qp, struct ibv_cq *cq, struct ibv_wc wc)
{
	struct scripted_cq *scripted = *script_of_cq(cq);

	wc.qp_num = qp->qp_num;
	scripted->done.entries[scripted->done.head++ % ENTRIES] = wc;
	if (scripted->armed) {
		scripted->armed = 0;
		cq_events[cq_head++ % EVENTS] = cq;
		ready(cq->channel->fd);
	}
}

/* A send that is not signaled leaves a completion only if it fails. */
static void send_done(struct ibv_qp *qp, struct ibv_wc wc)
{
	if (wc.wc_flags || wc.status)
		done(qp, qp->send_cq, wc);
}

/* Completes the oldest held request of a queue; what is behind it stays. */
int script_complete(struct ibv_qp *qp, int receive, int status, int vendor_error, int opcode,
		    int bytes, int flags)
{
	struct scripted_qp *scripted = qp->qp_context;
	struct ring *held = receive ? &scripted->receives : &scripted->sends;
	int found = 0;

	pthread_mutex_lock(&lock);
	if (held->tail != held->head) {
		struct ibv_wc wc = held->entries[held->tail++ % ENTRIES];

		wc.status = status;
		wc.vendor_err = vendor_error;
		wc.opcode = opcode;
		wc.byte_len = bytes;
		found = 1;
		if (receive) {
			wc.wc_flags = flags;
			done(qp, qp->recv_cq, wc);
		} else {
			send_done(qp, wc);
		}
	}
	pthread_mutex_unlock(&lock);
	return found;
}

void script_flush(struct ibv_qp *qp)
{
	struct scripted_qp *scripted = qp->qp_context;
	struct ibv_wc wc;

	pthread_mutex_lock(&lock);
	scripted->failed = !script.loses;
	while (!script.loses && scripted->sends.tail != scripted->sends.head) {
		wc = scripted->sends.entries[scripted->sends.tail++ % ENTRIES];
		wc.status = IBV_WC_WR_FLUSH_ERR;
		send_done(qp, wc);
	}
	while (!script.loses && scripted->receives.tail != scripted->receives.head) {
		wc = scripted->receives.entries[scripted->receives.tail++ % ENTRIES];
		wc.status = IBV_WC_WR_FLUSH_ERR;
		done(qp, qp->recv_cq, wc);
	}
	pthread_mutex_unlock(&lock);
}

static int post_send(struct ibv_qp *qp, struct ibv_send_wr *wr, struct ibv_send_wr **bad)
{
	struct scripted_qp *scripted = qp->qp_context;
	int taken = 0, error = 0;

	pthread_mutex_lock(&lock);
	script.posts++;
	for (; wr && !error; wr = wr->next) {
		struct ibv_wc wc = { .wr_id = wr->wr_id,
				     .wc_flags = wr->send_flags & IBV_SEND_SIGNALED };

		if (script.post_errno && taken++ == script.post_taken) {
			error = script.post_errno;
			if (!script.post_keeps_bad)
				*bad = wr;
		} else if (scripted->failed) {
			wc.status = IBV_WC_WR_FLUSH_ERR;
			send_done(qp, wc);
		} else if (script.hold) {
			scripted->sends.entries[scripted->sends.head++ % ENTRIES] = wc;
		} else {
			send_done(qp, wc);
		}
	}
	pthread_mutex_unlock(&lock);
	return error;
}

static int post_recv(struct ibv_qp *qp, struct ibv_recv_wr *wr, struct ibv_recv_wr **bad)
{
	struct scripted_qp *scripted = qp->qp_context;
	struct ibv_wc wc = { .wr_id = wr->wr_id };
	int error;

	pthread_mutex_lock(&lock);
	script.posts++;
	error = script.post_errno;
	if (!error && scripted->failed) {
		wc.status = IBV_WC_WR_FLUSH_ERR;
		done(qp, qp->recv_cq, wc);
	} else if (!error) {
		scripted->receives.entries[scripted->receives.head++ % ENTRIES] = wc;
	}
	pthread_mutex_unlock(&lock);
	return error;
}

/* Receives of a shared queue are accepted and never filled. */
static int post_srq_recv(struct ibv_srq *srq, struct ibv_recv_wr *wr, struct ibv_recv_wr **bad)
{
	script.posts++;
	return script.post_errno;
}

static int poll_cq(struct ibv_cq *cq, int entries, struct ibv_wc *wc)
{
	struct scripted_cq *scripted = *script_of_cq(cq);
	int count = 0;

	pthread_mutex_lock(&lock);
	script.polls++;
	if (script.poll_result < 0)
		count = script.poll_result;
	else
		for (; count < entries && scripted->done.tail != scripted->done.head; count++)
			wc[count] = scripted->done.entries[scripted->done.tail++ % ENTRIES];
	pthread_mutex_unlock(&lock);
	return count;
}

static int req_notify_cq(struct ibv_cq *cq, int solicited_only)
{
	struct scripted_cq *scripted = *script_of_cq(cq);

	pthread_mutex_lock(&lock);
	script.notifies++;
	scripted->armed = !script.notify_errno;
	pthread_mutex_unlock(&lock);
	return script.notify_errno;
}

/* --- memory windows */

static struct ibv_mw *alloc_mw(struct ibv_pd *pd, enum ibv_mw_type type)
{
	static uint32_t tokens;
	struct ibv_mw *mw;

	errno = script_error("ibv_alloc_mw");
	if (errno)
		return NULL;
	mw = calloc(1, sizeof(*mw));
	mw->context = pd->context;
	mw->pd = pd;
	mw->type = type;
	mw->rkey = __atomic_add_fetch(&tokens, 1, __ATOMIC_RELAXED) << 8;
	return mw;
}

/* What rdma-core calls where a driver has none. */
static struct ibv_mw *no_alloc_mw(struct ibv_pd *pd, enum ibv_mw_type type)
{
	errno = EOPNOTSUPP;
	return NULL;
}

static int dealloc_mw(struct ibv_mw *mw)
{
	free(mw);
	return 0;
}

/* --- the calls of struct verbs_context */

static int query_device_ex(struct ibv_context *context, const struct ibv_query_device_ex_input *input,
			   struct ibv_device_attr_ex *attr, size_t size)
{
	memset(attr, 0, size);
	if (script.moderates) {
		attr->cq_mod_caps.max_cq_count = UINT16_MAX;
		attr->cq_mod_caps.max_cq_period = UINT16_MAX;
	}
	return ibv_query_device(context, &attr->orig_attr);
}

static int modify_cq(struct ibv_cq *cq, struct ibv_modify_cq_attr *attr)
{
	return script.moderates ? 0 : EOPNOTSUPP;
}

struct ibv_context *script_open(struct ibv_device *device)
{
	struct verbs_context *extended = calloc(1, sizeof(*extended));
	struct ibv_context *context = &extended->context;

	extended->sz = sizeof(*extended);
	extended->query_device_ex = query_device_ex;
	extended->modify_cq = modify_cq;
	context->abi_compat = __VERBS_ABI_IS_EXTENDED;
	context->device = device;
	context->async_fd = eventfd(0, EFD_CLOEXEC | EFD_SEMAPHORE);
	context->num_comp_vectors = script.comp_vectors;
	context->ops.post_send = post_send;
	context->ops.post_recv = post_recv;
	context->ops.post_srq_recv = post_srq_recv;
	context->ops.poll_cq = poll_cq;
	context->ops.req_notify_cq = req_notify_cq;
	context->ops.alloc_mw = script.windows ? alloc_mw : no_alloc_mw;
	context->ops.dealloc_mw = dealloc_mw;
	return context;
}

void script_close(struct ibv_context *context)
{
	free(verbs_get_ctx(context));
}
