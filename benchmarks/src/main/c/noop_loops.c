/*
 * The C counterpart of DataPath.java: the same requests through the same function pointers. Prints
 * nanoseconds per request.
 *
 *   noop_loops OPERATION MILLISECONDS
 */
#include <infiniband/verbs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CHAIN 16
#define BYTES 64
#define REMOTE_ADDRESS 0x10000
#define REMOTE_TOKEN 7

static struct ibv_qp *qp;
static struct ibv_cq *cq;
static struct ibv_mr *mr;
static char buffer[BYTES];

/* A consumer keeps these and refills them for each request. */
static struct ibv_sge sges[CHAIN];
static struct ibv_send_wr requests[CHAIN];
static struct ibv_recv_wr receive;
static struct ibv_wc results[CHAIN];

static uint64_t next_context;
static volatile uint64_t seen;

static void require(int condition)
{
	if (!condition) {
		fprintf(stderr, "noop_loops: a request failed\n");
		exit(1);
	}
}

static void fill(int index, enum ibv_wr_opcode opcode, int flags)
{
	struct ibv_send_wr *wr = &requests[index];
	struct ibv_sge *sge = &sges[index];

	sge->addr = (uintptr_t)buffer;
	sge->length = BYTES;
	sge->lkey = mr->lkey;
	wr->wr_id = next_context++;
	wr->next = NULL;
	wr->sg_list = sge;
	wr->num_sge = 1;
	wr->opcode = opcode;
	wr->send_flags = flags;
	wr->wr.rdma.remote_addr = REMOTE_ADDRESS;
	wr->wr.rdma.rkey = REMOTE_TOKEN;
}

static void post(enum ibv_wr_opcode opcode, int flags)
{
	struct ibv_send_wr *bad;

	fill(0, opcode, flags);
	require(ibv_post_send(qp, requests, &bad) == 0);
}

static void post_receive(void)
{
	struct ibv_recv_wr *bad;

	sges[0].addr = (uintptr_t)buffer;
	sges[0].length = BYTES;
	sges[0].lkey = mr->lkey;
	receive.wr_id = next_context++;
	receive.next = NULL;
	receive.sg_list = sges;
	receive.num_sge = 1;
	require(ibv_post_recv(qp, &receive, &bad) == 0);
}

static void post_chain(int flags, int last_flags)
{
	struct ibv_send_wr *bad;

	for (int i = 0; i < CHAIN; i++) {
		fill(i, IBV_WR_RDMA_WRITE, i < CHAIN - 1 ? flags : last_flags);
		if (i > 0)
			requests[i - 1].next = &requests[i];
	}
	require(ibv_post_send(qp, requests, &bad) == 0);
}

static void poll_results(int count)
{
	require(ibv_poll_cq(cq, count, results) == count);
	for (int i = 0; i < count; i++) {
		require(results[i].status == IBV_WC_SUCCESS);
		seen = results[i].wr_id;
	}
}

static void write_one(void)
{
	post(IBV_WR_RDMA_WRITE, IBV_SEND_SIGNALED);
	poll_results(1);
}

static void send_one(void)
{
	post(IBV_WR_SEND, IBV_SEND_SIGNALED);
	poll_results(1);
}

static void send_inline(void)
{
	post(IBV_WR_SEND, IBV_SEND_SIGNALED | IBV_SEND_INLINE);
	poll_results(1);
}

static void write_chain(void)
{
	post_chain(IBV_SEND_SIGNALED, IBV_SEND_SIGNALED);
	poll_results(CHAIN);
}

static void write_silent(void)
{
	for (int i = 0; i < CHAIN; i++)
		post(IBV_WR_RDMA_WRITE, i < CHAIN - 1 ? 0 : IBV_SEND_SIGNALED);
	poll_results(1);
}

static void write_many(void)
{
	for (int i = 0; i < CHAIN; i++)
		post(IBV_WR_RDMA_WRITE, IBV_SEND_SIGNALED);
	poll_results(CHAIN);
}

static void receive_many(void)
{
	for (int i = 0; i < CHAIN; i++)
		post_receive();
	poll_results(CHAIN);
}

static void poll_empty(void)
{
	require(ibv_poll_cq(cq, 1, results) == 0);
}

/* --- timing */

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1e9 + time.tv_nsec;
}

/* Each operation has its own loop, so that it is inlined as in Java. */
#define LOOP(operation)                                \
	static double loop_##operation(long rounds)    \
	{                                              \
		double start = now();                  \
                                                       \
		for (long i = 0; i < rounds; i++)      \
			operation();                   \
		return now() - start;                  \
	}

LOOP(write_one)
LOOP(send_one)
LOOP(send_inline)
LOOP(write_chain)
LOOP(write_silent)
LOOP(write_many)
LOOP(receive_many)
LOOP(poll_empty)

static const struct operation {
	const char *name;
	double (*loop)(long rounds);
	int requests;
} operations[] = {
	{ "writeOne", loop_write_one, 1 },
	{ "sendOne", loop_send_one, 1 },
	{ "sendInline", loop_send_inline, 1 },
	{ "writeChain", loop_write_chain, CHAIN },
	{ "writeSilent", loop_write_silent, CHAIN },
	{ "writeMany", loop_write_many, CHAIN },
	{ "receiveMany", loop_receive_many, CHAIN },
	{ "pollEmpty", loop_poll_empty, 1 },
};

static const struct operation *find(const char *name)
{
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
		if (!strcmp(operations[i].name, name))
			return &operations[i];
	fprintf(stderr, "noop_loops: unknown operation %s\n", name);
	exit(2);
}

static void open_queue_pair(void)
{
	struct ibv_device **devices = ibv_get_device_list(NULL);
	struct ibv_context *context = ibv_open_device(devices[0]);
	struct ibv_pd *pd = ibv_alloc_pd(context);
	struct ibv_qp_init_attr init = { .qp_type = IBV_QPT_RC };

	cq = ibv_create_cq(context, 4 * CHAIN, NULL, NULL, 0);
	init.send_cq = cq;
	init.recv_cq = cq;
	qp = ibv_create_qp(pd, &init);
	mr = ibv_reg_mr(pd, buffer, sizeof(buffer), IBV_ACCESS_LOCAL_WRITE);
}

int main(int argc, char **argv)
{
	const struct operation *operation;
	double wanted;
	double taken;
	long rounds = 1000;

	if (argc != 3) {
		fprintf(stderr, "usage: noop_loops OPERATION MILLISECONDS\n");
		return 2;
	}
	operation = find(argv[1]);
	wanted = atof(argv[2]) * 1e6;
	open_queue_pair();
	/* Doubles the rounds until they last as long as requested; the earlier ones are the warm-up. */
	while ((taken = operation->loop(rounds)) < wanted)
		rounds *= 2;
	printf("%.3f\n", taken / rounds / operation->requests);
	return 0;
}
