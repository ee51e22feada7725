/*
 * A librdmacm that connects cm ids of this process with each other and nothing else; its device
 * is noop0. There is one listener at a time, private data is not carried, and nothing fails. An
 * event channel is a pipe of pointers to events, so that poll(2) sees them.
 */
#include <errno.h>
#include <netinet/in.h>
#include <rdma/rdma_cma.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct noop_channel {
	struct rdma_event_channel channel; /* first; its file is the end to read from */
	int write_fd;
};

struct noop_id {
	struct rdma_cm_id id; /* first */
	struct noop_id *peer;
};

static struct rdma_cm_id *listener;

/* --- events */

struct rdma_event_channel *rdma_create_event_channel(void)
{
	struct noop_channel *channel = calloc(1, sizeof(*channel));
	int ends[2];

	if (pipe(ends)) {
		free(channel);
		return NULL;
	}
	channel->channel.fd = ends[0];
	channel->write_fd = ends[1];
	return &channel->channel;
}

void rdma_destroy_event_channel(struct rdma_event_channel *channel)
{
	close(channel->fd);
	close(((struct noop_channel *)channel)->write_fd);
	free(channel);
}

static int notify(struct rdma_cm_id *id, struct rdma_cm_id *listen_id,
		  enum rdma_cm_event_type type, const struct rdma_conn_param *param)
{
	struct rdma_cm_event *event = calloc(1, sizeof(*event));

	event->id = id;
	event->listen_id = listen_id;
	event->event = type;
	if (param) {
		event->param.conn = *param;
		event->param.conn.private_data = NULL;
		event->param.conn.private_data_len = 0;
	}
	return write(((struct noop_channel *)id->channel)->write_fd, &event, sizeof(event)) < 0
		       ? -1 : 0;
}

static int notify_peer(struct rdma_cm_id *id, enum rdma_cm_event_type type,
		       const struct rdma_conn_param *param)
{
	struct noop_id *peer = ((struct noop_id *)id)->peer;

	if (!peer) {
		errno = EINVAL;
		return -1;
	}
	return notify(&peer->id, NULL, type, param);
}

int rdma_get_cm_event(struct rdma_event_channel *channel, struct rdma_cm_event **event)
{
	return read(channel->fd, event, sizeof(*event)) < 0 ? -1 : 0;
}

int rdma_ack_cm_event(struct rdma_cm_event *event)
{
	free(event);
	return 0;
}

const char *rdma_event_str(enum rdma_cm_event_type event)
{
	return "event";
}

/* --- identifiers */

int rdma_create_id(struct rdma_event_channel *channel, struct rdma_cm_id **id, void *context,
		   enum rdma_port_space ps)
{
	struct noop_id *new = calloc(1, sizeof(*new));

	new->id.channel = channel;
	new->id.context = context;
	new->id.ps = ps;
	*id = &new->id;
	return 0;
}

/* The memory is kept: an event that names the identifier may be on its way. */
int rdma_destroy_id(struct rdma_cm_id *id)
{
	rdma_disconnect(id);
	if (listener == id)
		listener = NULL;
	return 0;
}

int rdma_set_option(struct rdma_cm_id *id, int level, int option, void *value, size_t length)
{
	return 0;
}

static struct ibv_context *device(void)
{
	static struct ibv_context *context;

	if (!context) {
		struct ibv_device **list = ibv_get_device_list(NULL);

		context = ibv_open_device(list[0]);
		ibv_free_device_list(list);
	}
	return context;
}

static void copy_address(struct sockaddr_storage *to, const struct sockaddr *from)
{
	memcpy(to, from, from->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6)
						     : sizeof(struct sockaddr_in));
}

int rdma_bind_addr(struct rdma_cm_id *id, struct sockaddr *address)
{
	copy_address(&id->route.addr.src_storage, address);
	id->verbs = device();
	id->port_num = 1;
	return 0;
}

/* --- connecting */

int rdma_resolve_addr(struct rdma_cm_id *id, struct sockaddr *source,
		      struct sockaddr *destination, int timeout)
{
	copy_address(&id->route.addr.dst_storage, destination);
	return notify(id, NULL, RDMA_CM_EVENT_ADDR_RESOLVED, NULL);
}

int rdma_resolve_route(struct rdma_cm_id *id, int timeout)
{
	return notify(id, NULL, RDMA_CM_EVENT_ROUTE_RESOLVED, NULL);
}

int rdma_listen(struct rdma_cm_id *id, int backlog)
{
	listener = id;
	return 0;
}

int rdma_connect(struct rdma_cm_id *id, struct rdma_conn_param *param)
{
	struct rdma_cm_id *passive;

	if (!listener) {
		errno = ECONNREFUSED;
		return -1;
	}
	rdma_create_id(listener->channel, &passive, listener->context, listener->ps);
	rdma_bind_addr(passive, &listener->route.addr.src_addr);
	copy_address(&passive->route.addr.dst_storage, &id->route.addr.src_addr);
	((struct noop_id *)passive)->peer = (struct noop_id *)id;
	((struct noop_id *)id)->peer = (struct noop_id *)passive;
	return notify(passive, listener, RDMA_CM_EVENT_CONNECT_REQUEST, param);
}

int rdma_accept(struct rdma_cm_id *id, struct rdma_conn_param *param)
{
	return notify_peer(id, RDMA_CM_EVENT_CONNECT_RESPONSE, param);
}

int rdma_reject(struct rdma_cm_id *id, const void *private_data, uint8_t length)
{
	return notify_peer(id, RDMA_CM_EVENT_REJECTED, NULL);
}

int rdma_establish(struct rdma_cm_id *id)
{
	return notify_peer(id, RDMA_CM_EVENT_ESTABLISHED, NULL);
}

int rdma_disconnect(struct rdma_cm_id *id)
{
	struct noop_id *own = (struct noop_id *)id;
	struct noop_id *peer = own->peer;

	if (!peer) {
		errno = EINVAL;
		return -1;
	}
	own->peer = NULL;
	peer->peer = NULL;
	notify(id, NULL, RDMA_CM_EVENT_DISCONNECTED, NULL);
	return notify(&peer->id, NULL, RDMA_CM_EVENT_DISCONNECTED, NULL);
}

int rdma_notify(struct rdma_cm_id *id, enum ibv_event_type event)
{
	return 0;
}

/* The device accepts any attributes. */
int rdma_init_qp_attr(struct rdma_cm_id *id, struct ibv_qp_attr *attr, int *mask)
{
	*mask = IBV_QP_STATE;
	return 0;
}
