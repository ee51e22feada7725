// What perftest does not measure: registering memory, and connecting over the connection manager.
//
//   device_loops registration DEVICE BYTES WARM-UP ITERATIONS   prints microseconds for one
//   device_loops accept ADDRESS PORT CONNECTIONS                prints "ready" once it listens
//   device_loops connect FROM TO PORT WARM-UP ITERATIONS        prints connections per second,
//                                                               and microseconds for one
#include <arpa/inet.h>
#include <rdma/rdma_cma.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TIMEOUT_MS = 10000, PAGE = 4096 };

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            perror(#condition);                                                                    \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

static double micros(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1e6 + now.tv_nsec / 1e3;
}

static struct ibv_context *open_device(const char *name) {
    struct ibv_device **devices = ibv_get_device_list(NULL);
    REQUIRE(devices);
    for (struct ibv_device **device = devices; *device; device++) {
        if (strcmp(ibv_get_device_name(*device), name) == 0) {
            return ibv_open_device(*device);
        }
    }
    fprintf(stderr, "no device %s\n", name);
    exit(1);
}

static void registrations(struct ibv_pd *pd, void *memory, size_t bytes, int count) {
    for (int i = 0; i < count; i++) {
        struct ibv_mr *mr = ibv_reg_mr(pd, memory, bytes, IBV_ACCESS_LOCAL_WRITE);
        REQUIRE(mr);
        REQUIRE(!ibv_dereg_mr(mr));
    }
}

static int registration(const char *device, size_t bytes, int warm_up, int iterations) {
    struct ibv_context *context = open_device(device);
    REQUIRE(context);
    struct ibv_pd *pd = ibv_alloc_pd(context);
    REQUIRE(pd);
    void *memory = aligned_alloc(PAGE, bytes);
    REQUIRE(memory);
    memset(memory, 1, bytes);
    registrations(pd, memory, bytes, warm_up);
    double start = micros();
    registrations(pd, memory, bytes, iterations);
    printf("%f\n", (micros() - start) / iterations);
    return 0;
}

static struct sockaddr_in address(const char *ip, int port) {
    struct sockaddr_in result = {.sin_family = AF_INET, .sin_port = htons(port)};
    REQUIRE(inet_pton(AF_INET, ip, &result.sin_addr) == 1);
    return result;
}

// The protection domain and the completion queue are created once, as in a real program.
static void create_qp(struct rdma_cm_id *id) {
    static struct ibv_pd *pd;
    static struct ibv_cq *cq;
    if (!pd) {
        pd = ibv_alloc_pd(id->verbs);
        cq = ibv_create_cq(id->verbs, 2, NULL, NULL, 0);
        REQUIRE(pd && cq);
    }
    struct ibv_qp_init_attr attributes = {
        .qp_type = IBV_QPT_RC, .send_cq = cq, .recv_cq = cq, .cap = {1, 1, 1, 1, 0}};
    REQUIRE(!rdma_create_qp(id, pd, &attributes));
}

static void destroy(struct rdma_cm_id *id) {
    rdma_destroy_qp(id);
    REQUIRE(!rdma_destroy_id(id));
}

// Returns the number of connections that this event has ended.
static int handle(const struct rdma_cm_event *event) {
    struct rdma_conn_param parameters = {.rnr_retry_count = 7};
    switch (event->event) {
        case RDMA_CM_EVENT_CONNECT_REQUEST:
            create_qp(event->id);
            REQUIRE(!rdma_accept(event->id, &parameters));
            return 0;
        case RDMA_CM_EVENT_ESTABLISHED:
            return 0;
        case RDMA_CM_EVENT_DISCONNECTED:
            REQUIRE(!rdma_disconnect(event->id)); // also disconnects this end
            return 1;
        default:
            fprintf(stderr, "%s\n", rdma_event_str(event->event));
            exit(1);
    }
}

static int accept_all(const char *ip, int port, int count) {
    struct sockaddr_in here = address(ip, port);
    struct rdma_event_channel *channel = rdma_create_event_channel();
    REQUIRE(channel);
    struct rdma_cm_id *listener;
    REQUIRE(!rdma_create_id(channel, &listener, NULL, RDMA_PS_TCP));
    REQUIRE(!rdma_bind_addr(listener, (struct sockaddr *)&here));
    REQUIRE(!rdma_listen(listener, 1));
    puts("ready");
    fflush(stdout);
    while (count > 0) {
        struct rdma_cm_event *event;
        REQUIRE(!rdma_get_cm_event(channel, &event));
        struct rdma_cm_id *id = event->id;
        int ended = handle(event);
        REQUIRE(!rdma_ack_cm_event(event));
        if (ended) {
            destroy(id);
            count--;
        }
    }
    return 0;
}

// Returns the total time to connect, without that to disconnect.
static double connections(struct sockaddr_in from, struct sockaddr_in to, int count) {
    double connecting = 0;
    for (int i = 0; i < count; i++) {
        double start = micros();
        struct rdma_cm_id *id;
        REQUIRE(!rdma_create_id(NULL, &id, NULL, RDMA_PS_TCP));
        REQUIRE(!rdma_resolve_addr(
            id, (struct sockaddr *)&from, (struct sockaddr *)&to, TIMEOUT_MS));
        REQUIRE(!rdma_resolve_route(id, TIMEOUT_MS));
        create_qp(id);
        struct rdma_conn_param parameters = {.retry_count = 7, .rnr_retry_count = 7};
        REQUIRE(!rdma_connect(id, &parameters));
        connecting += micros() - start;
        REQUIRE(!rdma_disconnect(id));
        destroy(id);
    }
    return connecting;
}

static int connect_all(
    const char *from_ip, const char *to_ip, int port, int warm_up, int iterations) {
    struct sockaddr_in from = address(from_ip, 0), to = address(to_ip, port);
    connections(from, to, warm_up);
    double start = micros();
    double connecting = connections(from, to, iterations);
    printf("%f %f\n", iterations / (micros() - start) * 1e6, connecting / iterations);
    return 0;
}

int main(int count, char **words) {
    const char *what = count > 1 ? words[1] : "";
    if (strcmp(what, "registration") == 0 && count == 6) {
        return registration(words[2], atol(words[3]), atoi(words[4]), atoi(words[5]));
    }
    if (strcmp(what, "accept") == 0 && count == 5) {
        return accept_all(words[2], atoi(words[3]), atoi(words[4]));
    }
    if (strcmp(what, "connect") == 0 && count == 7) {
        return connect_all(words[2], words[3], atoi(words[4]), atoi(words[5]), atoi(words[6]));
    }
    fprintf(stderr, "usage: see the top of %s\n", __FILE__);
    return 2;
}
