/*
 * What a test makes of the device that does nothing: its limits, and what goes wrong. Without a
 * script all of this is unused, and the data path is that of noop_verbs.c.
 */
#include <infiniband/verbs.h>
#include <stdint.h>

/* Numbers that a test sets or reads by name; 0 unless said otherwise. */
#define SCRIPT_VALUES(X) \
	X(scripted) /* whether a device that is opened has a script */ \
	X(node_guid) \
	X(max_qp_wr) \
	X(max_cqe) \
	X(max_srq_wr) /* 0: no shared receive queues */ \
	X(comp_vectors) \
	X(max_msg_sz) \
	X(moderates) \
	X(send_queue_blocks) /* like mlx5: a send takes blocks of 64 bytes, max_qp_wr counts blocks */ \
	X(fixed_cqs) /* a completion queue keeps its size */ \
	X(kernel_windows) /* device_cap_flags has memory windows */ \
	X(windows) /* the user-space driver has them as well */ \
	X(read_only_memory) /* no memory can be pinned for writing */ \
	X(loses) /* the error state flushes nothing */ \
	X(keeps_qps) /* no queue pair can be destroyed */ \
	X(registrations) /* begun, counted */ \
	X(registration_millis) /* how long one takes */ \
	X(hold) /* requests stay in the queue until they are completed or flushed */ \
	X(post_errno) /* a post fails, after */ \
	X(post_taken) /* so many of its requests; bad_wr says where, unless */ \
	X(post_keeps_bad) /* the driver leaves it as it is */ \
	X(poll_result) /* what a poll returns if it is negative */ \
	X(notify_errno) \
	X(async_errno) /* no asynchronous event can be read */ \
	X(posts) /* calls into the driver, counted */ \
	X(polls) \
	X(notifies) \
	X(resizes) \
	X(qp_creations) \
	X(last_vector) /* of the completion queue created last */ \
	X(last_access) /* of the memory region registered last */

#define SCRIPT_FIELD(name) int64_t name;
extern struct script {
	SCRIPT_VALUES(SCRIPT_FIELD)
} script;

/* The errno that a call is to fail with now, or 0. */
int script_error(const char *call);

/* Installs the scripted data path and the calls of struct verbs_context in an opened device. */
struct ibv_context *script_open(struct ibv_device *device);
void script_close(struct ibv_context *context);

/* Rings of completions, and queues of requests that are held. */
void *script_new_cq(void);
void *script_new_qp(void);
void **script_of_cq(struct ibv_cq *cq);

/* A queue pair enters the error state: what is held is flushed. */
void script_flush(struct ibv_qp *qp);

int script_get_async_event(struct ibv_context *context, struct ibv_async_event *event);
int script_get_cq_event(struct ibv_comp_channel *channel, struct ibv_cq **cq, void **cq_context);
