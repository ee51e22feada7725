/*
 * Everything the binding is generated from: one header that includes what Verbena calls.
 *
 * Members that are private to the C library stay out, as they differ between its versions: where
 * rdma-core's structs hold its types, the binding has words of the same size and alignment.
 */
#include <linux/in6.h> /* first, so that struct in6_addr is the kernel's */
#include <netinet/in.h>
#include <pthread.h>

typedef long opaque_mutex[sizeof(pthread_mutex_t) / sizeof(long)];
typedef long opaque_cond[sizeof(pthread_cond_t) / sizeof(long)];
struct opaque_sockaddr {
	long words[sizeof(struct sockaddr_storage) / sizeof(long)];
};

#define SAME_SIZE(a, b) _Static_assert(sizeof(a) == sizeof(b) && _Alignof(a) == _Alignof(b), #b)
SAME_SIZE(opaque_mutex, pthread_mutex_t);
SAME_SIZE(opaque_cond, pthread_cond_t);
SAME_SIZE(struct opaque_sockaddr, struct sockaddr_storage);

#define pthread_mutex_t opaque_mutex
#define pthread_cond_t opaque_cond
#define sockaddr_storage opaque_sockaddr

#include <infiniband/verbs.h>
#include <rdma/rdma_cma.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
