/* Everything the binding is generated from: one header that includes what Verbena calls. */

/*
 * libibverbs' structs hold a mutex and a condition whose insides are glibc's own and change with
 * its versions. Here they are as large and as aligned, and opaque.
 */
#include <pthread.h>
struct opaque_mutex { long words[sizeof(pthread_mutex_t) / sizeof(long)]; };
struct opaque_cond { long words[sizeof(pthread_cond_t) / sizeof(long)]; };
#define pthread_mutex_t struct opaque_mutex
#define pthread_cond_t struct opaque_cond

#include <infiniband/verbs.h>
#include <rdma/rdma_cma.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
