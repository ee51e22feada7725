/*
 * A libibverbs whose one device, noop0, does nothing: a request is done as soon as it is posted,
 * and the completions of signaled ones wait in a ring to be polled. What a program on top of it
 * spends is its own time and that of its library. With a script (script.h) it has the limits and
 * failures of any device.
 *
 * Objects have only the fields that callers read. A completion queue and all queue pairs that
 * report to it are for one thread at a time, as there is no lock.
 */
#include "script.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* The header hides these symbols behind macros. */
#undef ibv_query_port
#undef ibv_reg_mr

#define MAX_ENTRIES (1 << 20)
#define MAX_REQUESTS (1 << 15)
#define MAX_SGE 16
#define MAX_INLINE 512

struct noop_cq {
	struct ibv_cq cq; /* first: a pointer to it is one to all */
	uint32_t head;
	uint32_t tail;
	uint32_t mask;
	void *scripted;
	uint64_t wr_ids[];
};

/* --- the data path */

static int post_send(struct ibv_qp *qp, struct ibv_send_wr *wr, struct ibv_send_wr **bad)
{
	struct noop_cq *cq = (struct noop_cq *)qp->send_cq;

	for (; wr; wr = wr->next)
		if (wr->send_flags & IBV_SEND_SIGNALED)
			cq->wr_ids[cq->head++ & cq->mask] = wr->wr_id;
	return 0;
}

static int post_recv(struct ibv_qp *qp, struct ibv_recv_wr *wr, struct ibv_recv_wr **bad)
{
	struct noop_cq *cq = (struct noop_cq *)qp->recv_cq;

	for (; wr; wr = wr->next)
		cq->wr_ids[cq->head++ & cq->mask] = wr->wr_id;
	return 0;
}

/* There is no shared receive queue to post to. */
static int post_srq_recv(struct ibv_srq *srq, struct ibv_recv_wr *wr, struct ibv_recv_wr **bad)
{
	return EOPNOTSUPP;
}

static int poll_cq(struct ibv_cq *ibv_cq, int entries, struct ibv_wc *wc)
{
	struct noop_cq *cq = (struct noop_cq *)ibv_cq;
	int count = 0;

	for (; count < entries && cq->tail != cq->head; count++)
		wc[count] = (struct ibv_wc){
			.wr_id = cq->wr_ids[cq->tail++ & cq->mask],
			.status = IBV_WC_SUCCESS,
		};
	return count;
}

static int req_notify_cq(struct ibv_cq *cq, int solicited_only)
{
	return 0;
}

/* --- the device */

static struct ibv_device device = {
	.node_type = IBV_NODE_CA,
	.transport_type = IBV_TRANSPORT_IB,
	.name = "noop0",
	.dev_name = "uverbs-noop0",
	.dev_path = "/sys/class/infiniband_verbs/uverbs-noop0",
	.ibdev_path = "/sys/class/infiniband/noop0",
};

struct ibv_device **ibv_get_device_list(int *count)
{
	struct ibv_device **list = calloc(2, sizeof(*list));

	list[0] = &device;
	if (count)
		*count = 1;
	return list;
}

void ibv_free_device_list(struct ibv_device **list)
{
	free(list);
}

const char *ibv_get_device_name(struct ibv_device *device)
{
	return device->name;
}

struct ibv_context *ibv_open_device(struct ibv_device *device)
{
	if (script.scripted)
		return script_open(device);

	/* No struct verbs_context surrounds it, as abi_compat says: older calls are used instead. */
	struct ibv_context *context = calloc(1, sizeof(*context));

	context->device = device;
	context->async_fd = eventfd(0, EFD_CLOEXEC); /* never ready */
	context->num_comp_vectors = 1;
	context->ops.post_send = post_send;
	context->ops.post_recv = post_recv;
	context->ops.post_srq_recv = post_srq_recv;
	context->ops.poll_cq = poll_cq;
	context->ops.req_notify_cq = req_notify_cq;
	return context;
}

int ibv_close_device(struct ibv_context *context)
{
	close(context->async_fd);
	if (script.scripted)
		script_close(context);
	else
		free(context);
	return 0;
}

int ibv_query_device(struct ibv_context *context, struct ibv_device_attr *attr)
{
	*attr = (struct ibv_device_attr){
		.max_mr_size = UINT64_MAX,
		.max_qp = 1 << 16,
		.max_qp_wr = MAX_REQUESTS,
		.max_sge = MAX_SGE,
		.max_sge_rd = MAX_SGE,
		.max_cq = 1 << 16,
		.max_cqe = MAX_ENTRIES,
		.max_mr = 1 << 16,
		.max_pd = 1 << 16,
		.max_qp_rd_atom = 16,
		.max_qp_init_rd_atom = 16,
		.phys_port_cnt = 1,
	};
	if (script.scripted) {
		attr->node_guid = script.node_guid;
		attr->max_qp_wr = script.max_qp_wr;
		attr->max_cqe = script.max_cqe;
		attr->max_srq = script.max_srq_wr ? 1 << 16 : 0;
		attr->max_srq_wr = script.max_srq_wr;
		attr->max_srq_sge = MAX_SGE;
		attr->device_cap_flags = script.kernel_windows ? IBV_DEVICE_MEM_WINDOW_TYPE_2B : 0;
	}
	return 0;
}

int ibv_query_port(struct ibv_context *context, uint8_t port, struct _compat_ibv_port_attr *compat)
{
	struct ibv_port_attr *attr = (struct ibv_port_attr *)compat;

	attr->state = IBV_PORT_ACTIVE;
	attr->max_mtu = IBV_MTU_4096;
	attr->active_mtu = IBV_MTU_4096;
	attr->max_msg_sz = script.scripted ? script.max_msg_sz : 1 << 31;
	attr->link_layer = IBV_LINK_LAYER_INFINIBAND;
	return 0;
}

int _ibv_query_gid_ex(struct ibv_context *context, uint32_t port, uint32_t index,
		      struct ibv_gid_entry *entry, uint32_t flags, size_t entry_size)
{
	return ENODATA;
}

int ibv_get_async_event(struct ibv_context *context, struct ibv_async_event *event)
{
	if (script.scripted)
		return script_get_async_event(context, event);
	errno = EAGAIN;
	return -1;
}

void ibv_ack_async_event(struct ibv_async_event *event)
{
}

/* --- protection domains and memory */

struct ibv_pd *ibv_alloc_pd(struct ibv_context *context)
{
	struct ibv_pd *pd = calloc(1, sizeof(*pd));

	pd->context = context;
	return pd;
}

int ibv_dealloc_pd(struct ibv_pd *pd)
{
	free(pd);
	return 0;
}

struct ibv_mr *ibv_reg_mr(struct ibv_pd *pd, void *address, size_t length, int access)
{
	int writing = IBV_ACCESS_LOCAL_WRITE | IBV_ACCESS_REMOTE_WRITE | IBV_ACCESS_REMOTE_ATOMIC |
		      IBV_ACCESS_MW_BIND;
	struct ibv_mr *mr;

	errno = script_error("ibv_reg_mr");
	if (script.read_only_memory && access & writing)
		errno = EFAULT;
	if (errno)
		return NULL;
	script.registrations++;
	usleep(1000 * script.registration_millis);
	script.last_access = access;
	mr = calloc(1, sizeof(*mr));
	*mr = (struct ibv_mr){ pd->context, pd, address, length, .lkey = 1, .rkey = 2 };
	return mr;
}

int ibv_dereg_mr(struct ibv_mr *mr)
{
	free(mr);
	return 0;
}

/* --- completion queues */

struct ibv_comp_channel *ibv_create_comp_channel(struct ibv_context *context)
{
	struct ibv_comp_channel *channel = calloc(1, sizeof(*channel));

	channel->context = context;
	channel->fd = eventfd(0, EFD_CLOEXEC | EFD_SEMAPHORE); /* ready with a script only */
	return channel;
}

int ibv_destroy_comp_channel(struct ibv_comp_channel *channel)
{
	close(channel->fd);
	free(channel);
	return 0;
}

int ibv_get_cq_event(struct ibv_comp_channel *channel, struct ibv_cq **cq, void **cq_context)
{
	if (script.scripted)
		return script_get_cq_event(channel, cq, cq_context);
	errno = EAGAIN;
	return -1;
}

void ibv_ack_cq_events(struct ibv_cq *cq, unsigned int count)
{
}

struct ibv_cq *ibv_create_cq(struct ibv_context *context, int entries, void *cq_context,
			     struct ibv_comp_channel *channel, int vector)
{
	uint32_t size = 1;
	struct noop_cq *cq;

	errno = script_error("ibv_create_cq");
	if (script.scripted && entries > script.max_cqe)
		errno = EINVAL;
	if (errno)
		return NULL;
	script.last_vector = vector;
	while (size < entries)
		size *= 2;
	cq = calloc(1, sizeof(*cq) + size * sizeof(cq->wr_ids[0]));
	cq->cq.context = context;
	cq->cq.cq_context = cq_context;
	cq->cq.channel = channel;
	cq->cq.cqe = size;
	cq->mask = size - 1;
	if (script.scripted)
		cq->scripted = script_new_cq();
	return &cq->cq;
}

void **script_of_cq(struct ibv_cq *cq)
{
	return &((struct noop_cq *)cq)->scripted;
}

int ibv_resize_cq(struct ibv_cq *cq, int entries)
{
	int error = script_error("ibv_resize_cq");

	if (!script.scripted || script.fixed_cqs)
		return EOPNOTSUPP;
	script.resizes++;
	if (!error && entries > script.max_cqe)
		error = EINVAL;
	if (!error)
		cq->cqe = entries;
	return error;
}

int ibv_destroy_cq(struct ibv_cq *cq)
{
	free(((struct noop_cq *)cq)->scripted);
	free(cq);
	return 0;
}

/* --- queue pairs */

/* A control segment of 16 bytes, an address of 16, and 16 for each element or the inline bytes. */
static uint32_t send_blocks(const struct ibv_qp_cap *cap)
{
	uint32_t inline_size = 4 + cap->max_inline_data;
	uint32_t elements = 16 * cap->max_send_sge;

	if (!script.send_queue_blocks)
		return 1;
	return (16 + 176 + (elements > inline_size ? elements : inline_size) + 63) / 64;
}

struct ibv_qp *ibv_create_qp(struct ibv_pd *pd, struct ibv_qp_init_attr *init)
{
	static uint32_t numbers;
	struct ibv_qp *qp;

	script.qp_creations++;
	errno = script_error("ibv_create_qp");
	if (init->cap.max_inline_data > MAX_INLINE)
		errno = EINVAL;
	if (script.scripted && (init->cap.max_recv_wr > script.max_qp_wr ||
				init->cap.max_send_wr * send_blocks(&init->cap) > script.max_qp_wr))
		errno = EINVAL;
	if (errno)
		return NULL;
	qp = calloc(1, sizeof(*qp));
	qp->context = pd->context;
	qp->pd = pd;
	qp->send_cq = init->send_cq;
	qp->recv_cq = init->recv_cq;
	qp->qp_type = init->qp_type;
	qp->qp_num = __atomic_add_fetch(&numbers, 1, __ATOMIC_RELAXED);
	if (script.scripted)
		qp->qp_context = script_new_qp();
	return qp;
}

int ibv_modify_qp(struct ibv_qp *qp, struct ibv_qp_attr *attr, int mask)
{
	int error = script_error("ibv_modify_qp");

	if (script.scripted && !error && mask & IBV_QP_STATE && attr->qp_state == IBV_QPS_ERR)
		script_flush(qp);
	return error;
}

int ibv_destroy_qp(struct ibv_qp *qp)
{
	if (script.keeps_qps)
		return EBUSY;
	free(qp->qp_context);
	free(qp);
	return 0;
}

/* --- shared receive queues: with a script only */

struct ibv_srq *ibv_create_srq(struct ibv_pd *pd, struct ibv_srq_init_attr *init)
{
	struct ibv_srq *srq;

	errno = script.max_srq_wr ? script_error("ibv_create_srq") : EOPNOTSUPP;
	if (!errno && init->attr.max_wr > script.max_srq_wr)
		errno = EINVAL;
	if (errno)
		return NULL;
	srq = calloc(1, sizeof(*srq));
	srq->context = pd->context;
	srq->pd = pd;
	return srq;
}

int ibv_modify_srq(struct ibv_srq *srq, struct ibv_srq_attr *attr, int mask)
{
	return script_error("ibv_modify_srq");
}

/* No limit is armed: whatever event there is, is about the last arm. */
int ibv_query_srq(struct ibv_srq *srq, struct ibv_srq_attr *attr)
{
	attr->srq_limit = 0;
	return 0;
}

int ibv_destroy_srq(struct ibv_srq *srq)
{
	free(srq);
	return 0;
}
